import type { LogFields } from '../../common/log-fields.js';
import { monotonicNow } from '../../common/clocks.js';
import { errorFields } from '../../errors/error-code.js';
import { foreignError, messageOf } from '../../errors/foreign-error.js';
import { BehaviorSubject, type Observable } from 'rxjs';
import { outsideText } from '../../errors/outside-text.js';
import type { TransportStatus } from '../transport.interface.js';
import type { EventBusLogger } from '../wire-format.interface.js';

const REPEAT_LOG_MS = 30_000;

/** What is wrong with each part of the transport; its state is the sum. Logs at a bounded rate. */
export class HealthBoard {
  private readonly subject = new BehaviorSubject<TransportStatus>({ state: 'idle' });
  private readonly faults = new Map<string, Error>();
  private readonly logged = new Map<string, { at: number; since: number; healedToo: boolean }>();
  private readonly saidOnce = new Set<string>();
  private wasReady = false;
  private ended = false;

  /** `technology` and `bus` begin each log line. */
  constructor(
    private readonly technology: string,
    private readonly bus: string,
    private readonly logger: EventBusLogger,
  ) {}

  get status$(): Observable<TransportStatus> {
    return this.subject.asObservable();
  }

  connecting(): void {
    if (this.subject.value.state === 'idle') this.publish({ state: 'connecting' });
  }

  /** The part does not work at present. */
  failed(part: string, error: Error): void {
    this.logFailure(part, error);
    this.faults.set(part, foreignError(error) as Error);
    this.sum();
  }

  /** The part works. */
  healed(part: string): void {
    if (this.faults.delete(part)) this.logHealing(part);
    this.sum();
  }

  /** Nobody needs the part at present: whether it works is not known. */
  idle(part: string): void {
    this.faults.delete(part);
    this.sum();
  }

  /** Something that is no fault, and to be known. */
  warnOnce(what: string, fields?: LogFields): void {
    if (this.saidOnce.has(what)) return;
    this.saidOnce.add(what);
    this.logger.warn(`[${this.bus}] ${this.technology}: ${what}`, fields);
  }

  /** The part is no more, in whatever condition. */
  forget(part: string): void {
    this.logged.delete(part);
    if (this.faults.delete(part)) this.sum();
  }

  closed(): void {
    if (this.ended) return;
    this.publish({ state: 'closed' });
    this.ended = true;
    this.subject.complete();
  }

  private sum(): void {
    const [error] = this.faults.values();
    if (!error) this.wasReady = true;
    const current = this.subject.value;
    const state = !error ? 'ready' : this.wasReady ? 'degraded' : 'connecting';
    if (current.state === state && current.error === error) return;
    this.publish(error ? { state, error } : { state });
  }

  private publish(status: TransportStatus): void {
    if (!this.ended) this.subject.next(status);
  }

  private logFailure(part: string, error: Error): void {
    const last = this.logged.get(part);
    if (last && monotonicNow() - last.at < REPEAT_LOG_MS) {
      last.since++;
      return;
    }
    const more = last?.since ? ` (repeated ${last.since} times since last logged)` : '';
    this.logger.warn(
      `[${this.bus}] ${this.technology}: ${outsideText(part)} failed and is retried: ${messageOf(error)}${more}`,
      errorFields(error),
    );
    this.logged.set(part, { at: monotonicNow(), since: 0, healedToo: false });
  }

  private logHealing(part: string): void {
    const last = this.logged.get(part);
    if (!last || last.healedToo) return;
    last.healedToo = true;
    this.logger.log(`[${this.bus}] ${this.technology}: ${outsideText(part)} recovered`);
  }
}
