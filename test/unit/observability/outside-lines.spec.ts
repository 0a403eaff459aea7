import { jest } from '@jest/globals';
import { thrownText } from '../../../lib/errors/thrown-values.js';
import {
  ConfigurationError,
  ConnectError,
  EventBusError,
  SchemaRejectedError,
  ServiceUnavailableError,
  UnknownEventError,
  UnusableRecordError,
} from '../../../lib/errors/index.js';
import { reportNotice } from '../../../lib/consuming/subscribing/source-notices.js';
import type { SourceNotice } from '../../../lib/transport/transport.interface.js';
import { StatusBoard } from '../../../lib/observability/status-board.js';
import { LineLimiter } from '../../../lib/observability/line-limits.js';
import { serviceFault as kafkaFault } from '../../../lib/transport/kafka/kafka-errors.js';
import { answerOf, faultIn } from '../../../lib/transport/kafka/registry/registry-http.js';
import { serviceFault as redisFault } from '../../../lib/transport/redis/client/redis-errors.js';
import { ConsumingBus, recordOf } from '../../support/consuming-bus.js';
import { ScriptedTransport } from '../../support/scripted-transport.js';
import { waitUntil } from '../../support/wait-until.js';

const FORGED = 'x\r\n2026-01-01 ERROR forged \u001b[31m\u2028\u202e';
const ESCAPED = 'x\\r\\n2026-01-01 ERROR forged \\u001b[31m\\u2028\\u202e';
// eslint-disable-next-line no-control-regex -- what must not be there
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]/;
const HUGE = 'm'.repeat(1_000_000);

describe('messages of errors', () => {
  const place = { topic: FORGED, group: FORGED, eventType: FORGED, eventId: FORGED };
  it.each<[string, (text: string) => Error]>([
    ['of any kind', (text) => new EventBusError('CLOSED', text, place)],
    ['about a type', (text) => new UnknownEventError(text)],
    ['about a record', (text) => new UnusableRecordError(text, place)],
    ['about a service', (text) => new ServiceUnavailableError(text, text)],
    ['about a connection', (text) => new ConnectError(text)],
    ['about a subject', (text) => new SchemaRejectedError(text, 409, text)],
    ['of Redis', (text) => redisFault(Object.assign(new Error(text), { name: 'ReplyError' }))],
    ['of Kafka', (text) => kafkaFault(new Error(text))],
    [
      'of a registry',
      (text) =>
        faultIn(
          'http://h',
          answerOf(500, { text: JSON.stringify({ message: text }), whole: true }, null),
        )!,
    ],
  ])('are one bounded line, %s', (_, make) => {
    const forged = make(FORGED);
    expect(forged.message).toContain(ESCAPED);
    expect(forged.message).not.toMatch(UNSAFE);
    expect(
      forged
        .stack!.split('\n')
        .slice(1)
        .every((line) => line.startsWith('    at ')),
    ).toBe(true);
    expect(make(HUGE).message.length).toBeLessThan(21_000);
  });

  it.each<[string, (text: string) => Error]>([
    ['Redis', (text) => redisFault(new Error(text))],
    ['Kafka', (text) => kafkaFault(new Error(text))],
    [
      'a registry',
      (text) =>
        faultIn(
          'http://h',
          answerOf(500, { text: JSON.stringify({ message: text }), whole: true }, null),
        )!,
    ],
  ])('show 256 characters of a message of %s', (_, make) => {
    expect(make(HUGE).message).toContain(`${'m'.repeat(256)}… (1000000 characters)`);
    expect(make(HUGE).message).not.toContain('m'.repeat(257));
  });

  it('keep type and id in the fields as they came', () => {
    expect(new EventBusError('CLOSED', 'a', place)).toMatchObject(place);
  });

  it('of a configuration have one line for each problem', () => {
    const problem = { setting: FORGED, found: FORGED, allowed: FORGED };
    const lines = new ConfigurationError([problem, problem]).message.split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toBe(`  - ${ESCAPED}: found ${ESCAPED}; expected ${ESCAPED}`);
  });
});

describe('what a handler threw', () => {
  it('has its message in the first line, and frames with an indent behind it', () => {
    const [head, ...frames] = thrownText(new TypeError(`${FORGED}\n    at forged`)).split('\n');
    expect(head).toBe(`TypeError: ${ESCAPED}\\n    at forged`);
    expect(frames.length).toBeGreaterThan(1);
    for (const frame of frames) expect(frame).toMatch(/^ {4}at /);
  });

  it.each<[string, unknown, string]>([
    [
      'a stack that is not one',
      Object.assign(new Error('a'), { stack: `b\n${FORGED}` }),
      'Error: a',
    ],
    ['a stack of another kind', Object.assign(new Error('a'), { stack: 5 }), 'Error: a'],
    [
      'a message of another kind',
      Object.assign(new Error('a'), { message: 5, stack: '' }),
      'Error: 5',
    ],
    [
      'a message that throws',
      Object.defineProperty(new Error('a'), 'message', {
        get: () => {
          throw new Error('b');
        },
      }),
      'something that cannot be read was thrown',
    ],
    [
      'a class of any name',
      new (Object.defineProperty(
        class {
          readonly of = 1;
        },
        'name',
        { value: FORGED },
      ))(),
      `an object of class ${ESCAPED} was thrown`,
    ],
    [
      'a proxy that throws',
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('b');
          },
        },
      ),
      'an object of class unknown was thrown',
    ],
  ])('may have %s', (_, thrown, said) => {
    expect(thrownText(thrown)).toBe(said);
  });

  it('is bounded, message, frames and all', () => {
    const error = new Error('\n'.repeat(1_000_000));
    error.stack = `Error: a${`\n    at ${'f'.repeat(900)} (f.js:1:2)`.repeat(10_000)}`;
    expect(thrownText(error).split('\n')).toHaveLength(51);
    expect(thrownText(error).length).toBeLessThan(60_000);
  });

  it('gives each failed record one line that begins as the log does, of bounded length', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, {
      retry: { attempts: 1, delayMs: 0, factor: 1, maxDelayMs: 0 },
    });
    bus.handle(() => {
      throw new Error(`${FORGED}${HUGE}`);
    });
    await bus.runtime.start();
    await transport.last.deliver(
      's',
      [0, 1, 2].map((n) => recordOf(n)),
    );
    await waitUntil(() => bus.ends.length === 3);
    await bus.drain();
    const errors = bus.lines.filter((line) => line.startsWith('error'));
    expect(errors).toHaveLength(3);
    for (const line of errors) {
      expect(line.length).toBeLessThan(20_000);
      const [, handler, ...frames] = line.split('\n');
      expect(handler).toContain(`  Test.handle: Error: ${ESCAPED}m`);
      for (const frame of frames) expect(frame).toMatch(/^ {4}at /);
    }
  });
});

describe('lines about texts from outside', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  const lineAbout = (name: string, kind = 'kind') => ({
    kind,
    name,
    text: () => name,
    rest: (count: number) => `${count} more of ${kind}`,
  });

  it('are at most ten of a kind in a minute, each about another name, and then a count', () => {
    const lines: string[] = [];
    const limiter = new LineLimiter((line) => lines.push(line));
    for (let n = 0; n < 2_000; n++) limiter.offer(lineAbout(`n${n % 1_000}`));
    limiter.offer(lineAbout('other', 'other kind'));
    const ten = Array.from({ length: 10 }, (_, n) => `n${n}`);
    expect(lines).toEqual([...ten, 'other']);
    jest.advanceTimersByTime(59_999);
    expect(lines).toHaveLength(11);
    jest.advanceTimersByTime(1);
    expect(lines.slice(11)).toEqual(['1980 more of kind']);
    for (let n = 0; n < 12; n++) limiter.offer(lineAbout(`n${n}`));
    expect(lines.slice(12)).toEqual(['n10', 'n11']);
    jest.advanceTimersByTime(600_000);
    expect(lines).toHaveLength(14);
  });

  it('come again each minute where what they name comes and goes, with a count', () => {
    const lines: string[] = [];
    const limiter = new LineLimiter((line) => lines.push(line), { again: true });
    for (let n = 0; n < 5; n++) limiter.offer(lineAbout('registry away'));
    jest.advanceTimersByTime(60_000);
    limiter.offer(lineAbout('registry away'));
    expect(lines).toEqual(['registry away', '4 more of kind', 'registry away']);
  });

  it('are bounded also where kinds are made up', () => {
    const lines: string[] = [];
    const limiter = new LineLimiter((line) => lines.push(line));
    for (let n = 0; n < 10_000; n++) limiter.offer(lineAbout('name', `kind ${n}`));
    expect(lines.length).toBeLessThanOrEqual(51);
  });

  describe('of what a transport has to say', () => {
    const say = (notices: readonly SourceNotice[], group = 'g'): string[] => {
      const lines: string[] = [];
      const add = (line: string): void => void lines.push(line);
      const logger = { log: add, warn: add, error: add, debug: add };
      const parts = { status: new StatusBoard('b'), logger, warnings: new LineLimiter(add) };
      for (const notice of notices) reportNotice(parts, group, notice);
      parts.warnings.flush();
      return lines;
    };

    it.each<SourceNotice['kind']>(['foreignMember', 'evictionPossible', 'cursorMoved', 'gap'])(
      'are one bounded line each: %s',
      (kind) => {
        for (const text of [FORGED, HUGE])
          for (const line of say([{ kind, source: text, detail: text }], text)) {
            expect(line).not.toMatch(UNSAFE);
            expect(line.length).toBeLessThan(1_200);
          }
        expect(say([{ kind, source: FORGED, detail: FORGED }])).toEqual([
          expect.stringMatching(/forged.*forged/),
        ]);
      },
    );

    it('name ten members of others, and then a count', () => {
      const lines = say(
        Array.from({ length: 2_000 }, (_, n) => ({
          kind: 'foreignMember' as const,
          source: 's',
          detail: `m${n}`,
        })),
      );
      expect(lines).toHaveLength(11);
      expect(lines[9]).toMatch(
        / on s has a consumer .*: m9\. Give that consumer a group of its own$/,
      );
      expect(lines[10]).toMatch(
        /^… and 1990 more such consumers .*: m1999\. Give that consumer a group of its own$/,
      );
    });

    it('tell each loss, also of the same number', () => {
      const gap = { kind: 'gap', source: 's', count: 3 } as const;
      const told = 's that were removed before it handled them (3 records)';
      expect(say([gap, gap])).toEqual(Array(2).fill(expect.stringContaining(told)));
    });
  });

  it('tell the count at the end, and keep no process alive', () => {
    const lines: string[] = [];
    const limiter = new LineLimiter((line) => lines.push(line));
    for (let n = 0; n < 11; n++) limiter.offer(lineAbout(`n${n}`));
    limiter.flush();
    expect(lines.at(-1)).toBe('1 more of kind');
    expect(jest.getTimerCount()).toBe(0);
  });
});
