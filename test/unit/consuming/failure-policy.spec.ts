import { delayAfter, jitteredDelayAfter } from '../../../lib/common/waiting.js';
import {
  classify,
  type Decision,
  type Failure,
  FailurePolicy,
  type FailurePolicyOptions,
  type HandlerTries,
} from '../../../lib/consuming/processing/failure-policy.js';
import type { EventHandler } from '../../../lib/consuming/handlers/handler-registry.js';
import type { EventMetadata } from '../../../lib/events/event-metadata.js';
import type { FailureContext } from '../../../lib/settings/failure-settings.js';
import { markUnrecoverable } from '../../../lib/consuming/handlers/handler-result.js';
import {
  ServiceUnavailableError,
  UnrecoverableError,
  UnusableRecordError,
} from '../../../lib/errors/index.js';
import { UNRECOVERABLE } from '../../../lib/errors/unrecoverable.error.js';
import { rejectionsOf } from '../../support/process-warnings.js';

const retry = { attempts: 3, delayMs: 100, factor: 3, maxDelayMs: 250 };
const lines: string[] = [];
const policyOf = (settings: Partial<FailurePolicyOptions['settings']> = {}) =>
  new FailurePolicy({
    settings: {
      bus: 'default',
      retry,
      onFailure: 'log',
      classify: undefined,
      topics: {},
      ...settings,
    },
    serviceFault: { ...retry, maxDelayMs: 1_000 },
    logger: { error: (line) => void lines.push(line) },
  });
const policy = policyOf();
const metadata = { id: 'event-1' } as EventMetadata;
const failureOf = (one: EventHandler, error: unknown, topic = 'user-login'): Failure => ({
  handler: one,
  error,
  attempt: 1,
  topic,
  received: { type: 'org.example.seen.v1', metadata },
});
const fresh = () => ({ failures: 0, faults: 0 });
beforeEach(() => void lines.splice(0));
const handler = { name: 'h', group: 'g', pattern: '*', topics: [], invoke: async () => undefined };

describe('failure policy', () => {
  it.each([
    ['handler', new Error('x')],
    ['handler', undefined],
    ['handler', 'text'],
    ['unrecoverable', new UnusableRecordError('no')],
    ['unrecoverable', new UnrecoverableError('HTTP 400')],
    ['unrecoverable', new (class extends UnrecoverableError {})('a class of its own')],
    ['unrecoverable', markUnrecoverable(new Error('refused by a pipe'))],
    ['unrecoverable', markUnrecoverable('a string')],
    ['unrecoverable', markUnrecoverable(Object.freeze({ frozen: true }))],
    ['serviceFault', new ServiceUnavailableError('registry', 'away')],
  ] as const)('classifies as %s', (kind, error) => {
    expect(classify(error)).toBe(kind);
  });

  it('an UnrecoverableError keeps its message, its cause and its name', () => {
    const cause = new Error('HTTP 400');
    const error = new UnrecoverableError('The CRM rejected it', { cause });
    expect([error.name, error.message, error.cause]).toEqual([
      'UnrecoverableError',
      'The CRM rejected it',
      cause,
    ]);
  });

  it('marks an error without changing what it is or shows', () => {
    const error = new TypeError('bad');
    expect(markUnrecoverable(error)).toBe(error);
    expect(Object.keys(error)).toEqual([]);
    expect((error as { [UNRECOVERABLE]?: boolean })[UNRECOVERABLE]).toBe(true);
  });

  it('retries as often as the settings say, each delay longer up to the limit', () => {
    const tries = { failures: 0, faults: 0 };
    const decide = () => policy.decide(failureOf(handler, new Error('x')), tries);
    expect(decide()).toEqual({ next: 'retry', delayMs: 100 });
    expect(decide()).toEqual({ next: 'retry', delayMs: 250 });
    expect(decide()).toEqual({ next: 'recover', action: 'log' });
  });

  it('lets a handler have its own number of attempts', () => {
    const impatient = { ...handler, retry: { attempts: 1 } };
    const tries = { failures: 0, faults: 0 };
    expect(policy.decide(failureOf(impatient, new Error('x')), tries)).toEqual({
      next: 'recover',
      action: 'log',
    });
  });

  it('never retries what is unrecoverable', () => {
    const tries = { failures: 0, faults: 0 };
    expect(policy.decide(failureOf(handler, markUnrecoverable(new Error('x'))), tries)).toEqual({
      next: 'recover',
      action: 'log',
    });
  });

  it('waits for a service without end and without using up attempts', () => {
    const tries = { failures: 0, faults: 0 };
    for (let i = 0; i < 50; i++) {
      const away = new ServiceUnavailableError('registry', 'away');
      const decision = policy.decide(failureOf(handler, away), tries);
      expect(decision.next).toBe('waitForService');
    }
    expect(tries.failures).toBe(0);
    expect(policy.decide(failureOf(handler, new Error('x')), tries).next).toBe('retry');
  });

  it('jitters by at most half, never above the plain delay', () => {
    for (let failures = 1; failures < 200; failures++) {
      const plain = delayAfter(retry, failures);
      const jittered = jitteredDelayAfter(retry, failures);
      expect(plain).toBeLessThanOrEqual(250);
      expect(jittered).toBeLessThanOrEqual(plain);
      expect(jittered).toBeGreaterThanOrEqual(plain / 2);
    }
  });

  it('jitter takes a random part of each delay, and no more', () => {
    const jittered = policyOf({ retry: { ...retry, attempts: 1_000, jitter: 0.5 } });
    const delays = Array.from({ length: 200 }, () => {
      const decision = jittered.decide(failureOf(handler, new Error('x')), fresh());
      return decision.next === 'retry' ? decision.delayMs : NaN;
    });
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...delays)).toBeLessThanOrEqual(100);
    expect(new Set(delays).size).toBeGreaterThan(50);
  });
});

describe('the narrowest failure options win', () => {
  const topics = { 'user-login': { retry: { attempts: 5 }, onFailure: 'halt' as const } };

  it.each([
    ['of the bus', {}, 'other', { attempts: 3, action: 'log' }],
    ['of the topic over those of the bus', {}, 'user-login', { attempts: 5, action: 'halt' }],
    [
      'of the handler over those of the topic',
      { retry: { attempts: 2 }, onFailure: 'log' as const },
      'user-login',
      { attempts: 2, action: 'log' },
    ],
    ['value by value', { onFailure: 'log' as const }, 'user-login', { attempts: 5, action: 'log' }],
    ['of a topic with a name that objects inherit', {}, 'valueOf', { attempts: 3, action: 'log' }],
  ])('%s', (_what, own, topic, expected) => {
    const tries = fresh();
    const one = policyOf({ topics });
    let decision = one.decide(failureOf({ ...handler, ...own }, new Error('x'), topic), tries);
    let attempts = 1;
    for (; decision.next !== 'recover'; attempts++)
      decision = one.decide(failureOf({ ...handler, ...own }, new Error('x'), topic), tries);
    expect({ attempts, action: decision.action }).toEqual(expected);
  });

  it('for a record that no handler can be asked about: those of topic and bus', () => {
    expect(policyOf({ topics }).actionFor('user-login')).toBe('halt');
    expect(policyOf({ topics }).actionFor('other')).toBe('log');
  });
});

describe('later retries', () => {
  const later = ['1m', '10m'] as const;
  const decide = (
    laterRetries: number | undefined,
    {
      settings = {},
      own = {},
      error = new Error('x'),
      tries = { failures: 2, faults: 0 },
    }: {
      settings?: Partial<FailurePolicyOptions['settings']>;
      own?: Partial<EventHandler>;
      error?: unknown;
      tries?: HandlerTries;
    } = {},
  ): Decision =>
    policyOf({ retry: { ...retry, later }, onFailure: 'deadLetter', ...settings }).decide(
      { ...failureOf({ ...handler, ...own }, error), laterRetries },
      tries,
    );
  const over = { next: 'recover', action: 'deadLetter' };

  it('come after the attempts in place, each after its delay, and then onFailure', () => {
    const tries = fresh();
    const decisions = [1, 2, 3].map(() => decide(0, { tries }));
    expect(decisions).toEqual([
      { next: 'retry', delayMs: 100 },
      { next: 'retry', delayMs: 250 },
      { next: 'later', delayMs: 60_000 },
    ]);
    expect(decide(1, { tries: fresh() })).toEqual({ next: 'later', delayMs: 600_000 });
    expect(decide(2, { tries: fresh() })).toEqual(over);
  });

  it('are one attempt each, whatever retry.attempts says', () => {
    const settings = { retry: { ...retry, attempts: 50, later } };
    expect(decide(1, { settings, tries: fresh() })).toEqual({ next: 'later', delayMs: 600_000 });
  });

  it('are none in a replay or a redrive, and for a record that has had more than there are', () => {
    expect(decide(undefined)).toEqual(over);
    expect(decide(7)).toEqual(over);
  });

  it('are those of the narrowest that has them: an empty list is none', () => {
    const topics = { 'user-login': { retry: { later: ['5s'] as const } } };
    expect(decide(0, { settings: { topics } })).toEqual({ next: 'later', delayMs: 5_000 });
    const own = { retry: { later: [250] } };
    expect(decide(0, { settings: { topics }, own })).toEqual({ next: 'later', delayMs: 250 });
    expect(decide(0, { settings: { topics }, own: { retry: { later: [] } } })).toEqual(over);
    expect(
      decide(0, { own: { retry: { attempts: 9 } }, tries: { failures: 8, faults: 0 } }),
    ).toEqual({ next: 'later', delayMs: 60_000 });
  });

  it('are not for what no retry can cure, what a classifier fails or halts at, or a service that is unavailable', () => {
    expect(decide(0, { error: new UnrecoverableError('HTTP 400') })).toEqual(over);
    expect(decide(1, { own: { classify: () => 'fail' } })).toEqual(over);
    expect(decide(1, { own: { classify: () => 'halt' } })).toEqual({
      next: 'recover',
      action: 'halt',
    });
    const unavailable = new ServiceUnavailableError('CRM', 'unavailable');
    expect(decide(1, { error: unavailable, tries: fresh() }).next).toBe('waitForService');
  });
});

describe('a classifier', () => {
  const decideWith = (classifier: (error: unknown, context: FailureContext) => unknown) =>
    policyOf({ classify: classifier as FailurePolicyOptions['settings']['classify'] }).decide(
      failureOf(handler, new Error('HTTP 400')),
      fresh(),
    );

  it.each([
    ['retry', { next: 'retry', delayMs: 100 }],
    ['fail', { next: 'recover', action: 'log' }],
    ['halt', { next: 'recover', action: 'halt' }],
    [undefined, { next: 'retry', delayMs: 100 }],
  ])('that says %s', (verdict, expected) => {
    expect(decideWith(() => verdict)).toEqual(expected);
    expect(lines).toEqual([]);
  });

  it('is told the error and where it happened', () => {
    const seen: unknown[] = [];
    decideWith((error, context) => void seen.push((error as Error).message, context));
    expect(seen).toEqual([
      'HTTP 400',
      {
        bus: 'default',
        group: 'g',
        topic: 'user-login',
        type: 'org.example.seen.v1',
        handler: 'h',
        attempt: 1,
        metadata,
      },
    ]);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
      /The classify of bus default threw for a failure of handler h, topic=user-login, event_type=org\.example\.seen\.v1, message_id=event-1.*broken/s,
    ],
    [
      'returns something else',
      () => Promise.resolve('fail'),
      /The classify of bus default returned something other than .* handler h, .* message_id=event-1/,
    ],
  ])('that %s is ignored, and an error line says so', (_what, classifier, line) => {
    expect(decideWith(classifier)).toEqual({ next: 'retry', delayMs: 100 });
    expect(lines).toEqual([expect.stringMatching(line)]);
  });

  it('that is an async function and rejects does not end the process', async () => {
    const rejections = await rejectionsOf(() => {
      expect(decideWith(() => Promise.reject(new Error('async')))).toMatchObject({ next: 'retry' });
    });
    expect(rejections).toEqual([]);
  });

  it('of the handler is asked before those of topic and bus, which decide where it says nothing', () => {
    const asked: string[] = [];
    const saying = (name: string, verdict?: 'fail' | 'halt') => () => {
      asked.push(name);
      return verdict;
    };
    const decision = policyOf({
      classify: saying('bus', 'halt'),
      topics: { 'user-login': { classify: saying('topic', 'fail') } },
    }).decide(failureOf({ ...handler, classify: saying('handler') }, new Error('x')), fresh());
    expect(asked).toEqual(['handler', 'topic']);
    expect(decision).toEqual({ next: 'recover', action: 'log' });
  });

  it('is not asked about what is decided already', () => {
    const classifier = () => 'halt' as const;
    const one = policyOf({ classify: classifier });
    expect(one.decide(failureOf(handler, new UnrecoverableError('no')), fresh())).toEqual({
      next: 'recover',
      action: 'log',
    });
    const away = new ServiceUnavailableError('registry', 'away');
    expect(one.decide(failureOf(handler, away), fresh()).next).toBe('waitForService');
  });
});
