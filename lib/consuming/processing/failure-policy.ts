import { ServiceFaultError } from '../../errors/index.js';
import type { RetrySettings } from '../../settings/event-bus-settings.js';
import { delayAfter, jitteredDelayAfter, type Backoff } from '../backoff.js';
import type { EventHandler } from '../handlers/event-handler.interface.js';
import { isPermanent } from '../handlers/permanent.js';

/**
 * `permanent`: no retry can cure it. `serviceFault`: somebody else's outage, retried until healed.
 * `handler`: everything else, retried as often as the settings say.
 */
export type FailureClass = 'permanent' | 'serviceFault' | 'handler';

/** Never throws, whatever was thrown. */
export function classify(error: unknown): FailureClass {
  try {
    if (isPermanent(error)) return 'permanent';
    return error instanceof ServiceFaultError ? 'serviceFault' : 'handler';
  } catch {
    // A proxy may refuse to say of what class it is.
    return 'handler';
  }
}

/** What one handler has been through with one event. */
export interface HandlerTries {
  /** Failed attempts that count. */
  failures: number;
  /** Service faults in a row. */
  faults: number;
}

export type Decision =
  | { readonly next: 'retry' | 'waitForService'; readonly delayMs: number }
  | { readonly next: 'recover' };

export interface FailurePolicyOptions {
  readonly retry: RetrySettings;
  readonly serviceFault: Backoff;
}

/** Decides what follows a failure: another attempt, waiting for a service, or recovery. */
export class FailurePolicy {
  constructor(private readonly options: FailurePolicyOptions) {}

  /** Updates `tries`. The handler's own `retry` goes before the bus's. */
  decide(handler: EventHandler, error: unknown, tries: HandlerTries): Decision {
    const kind = classify(error);
    if (kind === 'serviceFault') {
      return { next: 'waitForService', delayMs: this.serviceDelay(++tries.faults) };
    }
    tries.faults = 0;
    tries.failures++;
    const retry = { ...this.options.retry, ...handler.retry };
    if (kind === 'permanent' || tries.failures >= retry.attempts) return { next: 'recover' };
    return { next: 'retry', delayMs: delayAfter(retry, tries.failures) };
  }

  /** Delay in ms after the given number of service faults in a row. */
  serviceDelay(faults: number): number {
    return jitteredDelayAfter(this.options.serviceFault, faults);
  }
}
