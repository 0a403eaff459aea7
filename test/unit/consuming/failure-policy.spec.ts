import { delayAfter, jitteredDelayAfter } from '../../../lib/common/waiting.js';
import { classify, FailurePolicy } from '../../../lib/consuming/processing/failure-policy.js';
import { markUnrecoverable } from '../../../lib/consuming/handlers/handler-result.js';
import {
  ServiceUnavailableError,
  UnrecoverableError,
  UnusableRecordError,
} from '../../../lib/errors/index.js';
import { UNRECOVERABLE } from '../../../lib/errors/unrecoverable.error.js';

const retry = { attempts: 3, delayMs: 100, factor: 3, maxDelayMs: 250 };
const policy = new FailurePolicy({ retry, serviceFault: { ...retry, maxDelayMs: 1_000 } });
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
    const decide = () => policy.decide(handler, new Error('x'), tries);
    expect(decide()).toEqual({ next: 'retry', delayMs: 100 });
    expect(decide()).toEqual({ next: 'retry', delayMs: 250 });
    expect(decide()).toEqual({ next: 'recover' });
  });

  it('lets a handler have its own number of attempts', () => {
    const impatient = { ...handler, retry: { attempts: 1 } };
    const tries = { failures: 0, faults: 0 };
    expect(policy.decide(impatient, new Error('x'), tries)).toEqual({ next: 'recover' });
  });

  it('never retries what is unrecoverable', () => {
    const tries = { failures: 0, faults: 0 };
    expect(policy.decide(handler, markUnrecoverable(new Error('x')), tries)).toEqual({
      next: 'recover',
    });
  });

  it('waits for a service without end and without using up attempts', () => {
    const tries = { failures: 0, faults: 0 };
    for (let i = 0; i < 50; i++) {
      const decision = policy.decide(
        handler,
        new ServiceUnavailableError('registry', 'away'),
        tries,
      );
      expect(decision.next).toBe('waitForService');
    }
    expect(tries.failures).toBe(0);
    expect(policy.decide(handler, new Error('x'), tries).next).toBe('retry');
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
});
