import { connect } from 'node:net';
import { ServiceUnavailableError } from '../../../lib/errors/index.js';
import { messageOf } from '../../../lib/errors/foreign-error.js';
import { thrownText } from '../../../lib/errors/thrown-values.js';
import { NotConnectedError } from '../../../lib/transport/redis/client/redis-errors.js';
import { unreachable } from '../../../lib/transport/kafka/registry/registry-http.js';

const error = (message: string, facts: object = {}, cause?: unknown): Error =>
  Object.assign(new Error(message, { cause }), facts);
const refused = (address: string): Error =>
  error(`connect ECONNREFUSED ${address}`, { code: 'ECONNREFUSED' });
const both = Object.assign(new AggregateError([refused('::1:6379'), refused('127.0.0.1:6379')]), {
  code: 'ECONNREFUSED',
});
const BOTH = 'connect ECONNREFUSED ::1:6379; connect ECONNREFUSED 127.0.0.1:6379';

const endless = error('a', {}, undefined);
Object.assign(endless, { cause: error('b', {}, endless) });

describe('the reason that is reported', () => {
  it.each<[string, unknown, string]>([
    ['the errors of an aggregate without a message', both, BOTH],
    [
      'an aggregate with a message',
      new AggregateError([both], 'all failed'),
      `all failed: ${BOTH}`,
    ],
    [
      'a cause',
      error('fetch failed', {}, refused('h:1')),
      'fetch failed: connect ECONNREFUSED h:1',
    ],
    ['a cause without a message', error('fetch failed', {}, both), `fetch failed: ${BOTH}`],
    [
      'causes of causes',
      error('a failed', {}, error('b failed', {}, error('c failed'))),
      'a failed: b failed: c failed',
    ],
    ['a cause that is a text', error('failed', {}, 'no route'), 'failed: no route'],
    ['a code', error('unique constraint', { code: 'P2002' }), 'unique constraint (P2002)'],
    ['a code alone', error('', { code: 'EPIPE' }), 'EPIPE'],
    ['a code with causes', error('', { code: 'X1' }, error('why')), 'X1: why'],
    ['what is said already, once', error('a: b', { code: 'a' }, error('b')), 'a: b'],
    ['equal errors once', new AggregateError([error('b'), error('b')], 'a'), 'a: b'],
    [
      'no more than some',
      new AggregateError([...'123456789'].map((n) => error(n))),
      '1; 2; 3; 4; 5',
    ],
    ['the name where there is nothing else', error('', { name: 'OddError' }), 'OddError'],
    ['causes in a circle', endless, 'a: b'],
    [
      'one of ours as a cause',
      error('x', {}, new ServiceUnavailableError('Redis', 'y')),
      'x: Redis: y',
    ],
    [
      'what follows earlier ones',
      error('aborted', { previousErrors: [refused('h:1')] }),
      'aborted: connect ECONNREFUSED h:1',
    ],
  ])('says %s', (_, thrown, said) => {
    expect(messageOf(thrown)).toBe(said);
    expect(thrownText(thrown).split('\n', 1)[0]).toContain(messageOf(thrown));
  });

  it('shows nothing of what a client was given', () => {
    const quoting = error("ERR unknown command 'A', with args beginning with: 's3cret'");
    const all = error('failed', {}, new AggregateError([quoting, error('bad', {}, quoting)]));
    for (const text of [messageOf(all), thrownText(all)]) expect(text).not.toContain('s3cret');
    expect(messageOf(all)).toBe("failed: ERR unknown command 'A'; bad");
  });

  it('is one line of bounded length', () => {
    const wide = new AggregateError(
      Array.from({ length: 50 }, (_, i) => error(`${i}\n`.repeat(999))),
    );
    expect(messageOf(wide)).not.toContain('\n');
    expect(messageOf(wide).length).toBeLessThan(1_100);
  });

  it('is that of Node when no address of a name answers', async () => {
    const lookup = (_: string, __: unknown, done: (error: null, all: object[]) => void): void =>
      done(null, [
        { address: '::1', family: 6 },
        { address: '127.0.0.1', family: 4 },
      ]);
    const failed = await new Promise((resolve) => {
      connect({ host: 'redis', port: 1, lookup: lookup as never, autoSelectFamily: true }).on(
        'error',
        resolve,
      );
    });
    const reason = new NotConnectedError(failed).message;
    expect(reason).toMatch(/^Redis: not connected: .*(::1:1|127\.0\.0\.1:1)/);
    expect(reason).toContain('127.0.0.1:1');
  });

  it('is that of fetch when a registry is away', async () => {
    const failed: unknown = await fetch('http://127.0.0.1:9/subjects').catch(
      (thrown: unknown) => thrown,
    );
    expect(unreachable('http://r', failed).message).toMatch(/not reachable \(fetch failed: .+\)/);
  });
});
