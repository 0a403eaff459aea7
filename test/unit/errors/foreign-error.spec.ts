import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';
import {
  ConfigurationError,
  ConnectError,
  HaltedError,
  HandlersFailedError,
  SendError,
  ServiceUnavailableError,
  UnusableRecordError,
} from '../../../lib/errors/index.js';
import { failureLine } from '../../../lib/consuming/processing/failure-policy.js';
import { errorAnswer } from '../../../lib/cli/error-answer.js';
import { StatusBoard } from '../../../lib/observability/status-board.js';
import { serviceFault as kafkaFault } from '../../../lib/transport/kafka/kafka-errors.js';
import { serviceFault as redisFault } from '../../../lib/transport/redis/client/redis-errors.js';

const SECRET = 's3cret';

/** All that a print of an error can reach, also as Node prints what nobody caught. */
function printed(error: unknown): string {
  const deep = { depth: null, maxStringLength: null } as const;
  return [
    inspect(error, deep),
    inspect(error, { ...deep, customInspect: false }),
    inspect(error, { ...deep, showHidden: true }),
    JSON.stringify(error),
    String(error),
    (error as Error).stack,
  ].join('\n');
}

const caught = (act: () => unknown): Error => {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
};
const from = (make: () => Error): Error => make();
const error = (message: string, facts: object = {}, cause?: unknown): Error =>
  Object.assign(new Error(message, { cause }), facts);
const reply = (message: string, ...args: unknown[]): Error =>
  error(message, { name: 'ReplyError', command: { name: 'AUTH', args } });

const UNKNOWN = `ERR unknown command 'NOPE', with args beginning with: '${SECRET}' 'x' `;
const QUOTING: [string, () => unknown][] = [
  ['the arguments of a command', () => reply('WRONGPASS invalid username-password pair', SECRET)],
  ['what Redis says of them', () => reply(UNKNOWN)],
  ['the same of a cause', () => error('failed', {}, error('failed', {}, reply(UNKNOWN, SECRET)))],
  ['those of many nodes', () => new AggregateError([reply(UNKNOWN, SECRET)], 'all failed')],
  ['the last node', () => error('no node', { lastNodeError: reply(UNKNOWN, SECRET) })],
  ['earlier errors', () => error('aborted', { previousErrors: [reply(UNKNOWN, SECRET)] })],
  ['an unread reply', () => error('Protocol error', { buffer: Buffer.from(SECRET), offset: 0 })],
  [
    'kafkajs',
    () => error('failed', { name: 'KafkaJSError', payload: SECRET, retrier: { SECRET } }),
  ],
  ['no JSON', () => caught(() => JSON.parse(SECRET))],
  ['no JSON, behind more', () => caught(() => JSON.parse(`{"a": ${SECRET}}`))],
  ['no JSON, long', () => caught(() => JSON.parse(`${'[1, '.repeat(20)}"${SECRET}" x`))],
  ['no JSON, as a text of another error', () => error(`failed: "${SECRET}" is not valid JSON`)],
  ['no number', () => caught(() => BigInt(SECRET))],
  ['no URL', () => caught(() => new URL(`//u:${SECRET}@h`))],
  ['no URL for fetch', () => error(`Failed to parse URL from //u:${SECRET}@h`)],
  ['credentials for fetch', () => caught(() => new Request(`http://u:${SECRET}@h/`))],
  ['a header', () => caught(() => new Headers({ authorization: `"${SECRET}"\n"x` }))],
  ['an argument of Node', () => caught(() => process.kill(SECRET as never))],
  [
    'a port',
    () => error(`options.port should be >= 0 and < 65536. Received type string ('${SECRET}').`),
  ],
  [
    'a host',
    () =>
      error(`getaddrinfo ENOTFOUND ${SECRET}@h`, { code: 'ENOTFOUND', hostname: `${SECRET}@h` }),
  ],
  ['an address', () => error(`connect ECONNREFUSED u:${SECRET}@h:1`)],
  ['a URL', () => error(`cannot reach redis://:${SECRET}@h:1/0`)],
  ['a URL with a query', () => error(`cannot reach http://h/?password=${SECRET}`)],
  ['a value of avsc', () => error(`invalid "string": ${SECRET}`)],
  ['a thrown text', () => UNKNOWN],
  ['a thrown object', () => ({ password: SECRET })],
  ['a thrown function', () => Object.assign(() => SECRET, { SECRET })],
  [
    'another realm',
    () => runInNewContext(`Object.assign(new Error(m), { args: [m] })`, { m: UNKNOWN }),
  ],
  [
    'a message of many lines',
    () => error(`failed, with args beginning with:\n    at ${SECRET} (x.js:1:1)`),
  ],
];

describe('the cause of an error of ours', () => {
  it.each(QUOTING)('shows nothing of what the client was given: %s', (_, make) => {
    const thrown = make();
    const board = new StatusBoard('b');
    board.fault('x', thrown as Error);
    for (const ours of [
      redisFault(thrown),
      kafkaFault(thrown),
      new ConnectError('no answer', redisFault(thrown)),
      new UnusableRecordError('bad', { cause: thrown }),
      new ConfigurationError([], { cause: thrown }),
      board.snapshot(),
    ])
      expect(printed(ours)).not.toContain(SECRET);
    expect(JSON.stringify(errorAnswer(thrown))).not.toContain(SECRET);
  });

  it('keeps name, message, code, type, stack and causes', () => {
    const root = error('connect ECONNREFUSED 127.0.0.1:6379', { code: 'ECONNREFUSED', port: 6379 });
    const retries = error(
      'Connection error',
      { name: 'KafkaJSConnectionError', type: 'X_Y' },
      root,
    );
    const { cause } = new ServiceUnavailableError('Redis', 'away', { cause: retries }) as {
      cause: any;
    };
    expect(cause).not.toBe(retries);
    expect(cause).toBeInstanceOf(Error);
    expect(cause).toMatchObject({
      name: 'KafkaJSConnectionError',
      message: 'Connection error',
      type: 'X_Y',
      cause: { message: root.message, code: 'ECONNREFUSED' },
    });
    expect(Object.keys(cause.cause)).toEqual(['code']);
    const frames = (stack: string) => stack.split('\n').filter((line) => /^ {4}at /.test(line));
    expect(frames(cause.stack)).toEqual(frames(retries.stack!));
    expect(frames(cause.stack).length).toBeGreaterThan(2);
    expect(cause.stack).toMatch(/^KafkaJSConnectionError: Connection error\n {4}at /);
  });

  it('of many nodes keeps each, and says in its own message what the first one said', () => {
    const many = new AggregateError([error('connect ECONNREFUSED ::1:1'), error('other')]);
    const ours = redisFault(many) as any;
    expect(ours.message).toBe('Redis: connect ECONNREFUSED ::1:1; other');
    expect(ours.cause.errors.map((one: Error) => one.message)).toEqual([
      'connect ECONNREFUSED ::1:1',
      'other',
    ]);
  });

  it('is an error of ours as it is, and one copy for each error', () => {
    const fault = new ServiceUnavailableError('Redis', 'away');
    expect(new ConnectError('x', fault).cause).toBe(fault);
    expect(
      new ServiceUnavailableError('x', 'y', { cause: error('z', {}, fault) }).cause,
    ).toMatchObject({
      cause: fault,
    });
    const thrown = error('away');
    const [one, two] = [redisFault(thrown).cause, redisFault(thrown).cause];
    expect(one).toBe(two);
    expect(redisFault(one).cause).toBe(one);
  });

  it('is bounded, whatever hangs on it', () => {
    const loop = error('loop') as any;
    loop.cause = loop;
    loop.errors = [loop, loop];
    const copy = redisFault(loop).cause as any;
    expect(copy.cause).toBe(copy);

    let deep = error('deepest');
    for (let i = 0; i < 2_000; i++) deep = error(`level ${i}`, {}, deep);
    let depth = 0;
    for (let at = redisFault(deep).cause as any; at; at = at.cause) depth++;
    expect(depth).toBeLessThan(15);

    const wide = () => new AggregateError(Array.from({ length: 60 }, () => error('one')));
    const many = new AggregateError(Array.from({ length: 60 }, wide), 'many');
    expect(inspect(redisFault(many), { depth: null }).match(/Error: /g)!.length).toBeLessThan(50);

    const long = error('x'.repeat(1_000_000));
    expect(inspect(redisFault(long)).length).toBeLessThan(20_000);
    expect(inspect(redisFault(error('\n'.repeat(1_000_000)))).length).toBeLessThan(20_000);
  });

  it('may be anything that throws while it is read', () => {
    const evil = new Proxy(error('x'), {
      get: () => {
        throw new Error(SECRET);
      },
      getPrototypeOf: () => {
        throw new Error(SECRET);
      },
    });
    const getters = error('x');
    for (const key of ['stack', 'message', 'name', 'cause', 'errors', 'code', 'type'])
      Object.defineProperty(getters, key, {
        get: () => {
          throw new Error(SECRET);
        },
      });
    for (const thrown of [evil, getters, null, 5, Object.create(null)]) {
      const ours = new UnusableRecordError('bad', { cause: thrown });
      expect(printed(ours)).toContain('Unusable record: bad');
      expect(printed(ours)).not.toContain(SECRET);
    }
  });
});

describe('what a handler threw', () => {
  class Refused extends Error {
    readonly course = 'c';
  }
  const place = { topic: 't', group: 'g' };
  const line = (failed: HandlersFailedError): string =>
    failureLine(
      'Event failed',
      {
        delivery: { position: { topic: 't', partition: '0', offset: '1' }, record: {} } as never,
        group: 'g',
        received: undefined,
        error: failed,
        attempts: 1,
      },
      false,
    );

  it('is kept itself, and is the cause', () => {
    const thrown = from(() => new Refused('no such course', { cause: new Error('inner') }));
    const failed = new HandlersFailedError([{ handler: 'h', error: thrown }], 1, place);
    expect(failed.cause).toBe(thrown);
    expect(failed.failures).toEqual([{ handler: 'h', error: thrown }]);
    expect(failed.failures[0]!.error).toBe(thrown);
    expect(line(failed)).toContain('Refused: no such course: inner\n    at ');
  });

  it.each(QUOTING)('is kept, and shown without what a client was given: %s', (_, make) => {
    const inner = make();
    for (const thrown of [inner, new Refused('failed', { cause: inner })]) {
      const failed = new HandlersFailedError([{ handler: 'h', error: thrown }], 1, place);
      expect(failed.failures[0]!.error).toBe(thrown);
      if (thrown instanceof Refused) expect(failed.cause).toBeInstanceOf(Refused);
      const isData = typeof inner === 'function' || Object.keys(inner as object)[0] === 'password';
      if (isData) continue;
      const halted = new HaltedError({ ...place, cause: failed });
      for (const text of [printed(failed), printed(halted), line(failed)])
        expect(text).not.toContain(SECRET);
    }
  });

  it('by a transport of an application is no part of a send error either', () => {
    const outcomes = [{ topic: 't', status: 'notSent' as const, error: reply(UNKNOWN, SECRET) }];
    const failed = new SendError(outcomes, {});
    expect(printed(failed)).not.toContain(SECRET);
    expect(failed.outcomes[0]!.error).toMatchObject({ name: 'ReplyError' });
  });
});
