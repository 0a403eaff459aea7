import { BehaviorSubject, type Observable } from 'rxjs';
import type { TransportStatus } from '../transport.interface.js';
import type { TransportLogger } from '../wire-format.interface.js';

const REPEAT_LOG_MS = 30_000;

/** What is wrong with each part of the transport; its state is the sum. Logs at a bounded rate. */
export class HealthBoard {
  private readonly subject = new BehaviorSubject<TransportStatus>({ state: 'idle' });
  private readonly faults = new Map<string, Error>();
  private readonly loggedAt = new Map<string, number>();
  private wasReady = false;

  constructor(
    private readonly bus: string,
    private readonly logger: TransportLogger,
  ) {}

  get status$(): Observable<TransportStatus> {
    return this.subject.asObservable();
  }

  connecting(): void {
    if (this.subject.value.state === 'idle') this.subject.next({ state: 'connecting' });
  }

  /** The part does not work at present. */
  failed(part: string, error: Error): void {
    const last = this.loggedAt.get(part) ?? 0;
    if (Date.now() - last >= REPEAT_LOG_MS) {
      this.loggedAt.set(part, Date.now());
      this.logger.warn(`[${this.bus}] Kafka, ${part}: ${error.message}`);
    }
    this.faults.set(part, error);
    this.sum();
  }

  /** The part works. */
  healed(part: string): void {
    if (this.faults.delete(part)) this.logger.log(`[${this.bus}] Kafka, ${part}: works again`);
    this.sum();
  }

  /** The part is no more, in whatever condition. */
  forget(part: string): void {
    this.loggedAt.delete(part);
    if (this.faults.delete(part)) this.sum();
  }

  closed(): void {
    if (this.subject.closed) return;
    this.subject.next({ state: 'closed' });
    this.subject.complete();
  }

  private sum(): void {
    const [error] = this.faults.values();
    if (!error) this.wasReady = true;
    const state = !error ? 'ready' : this.wasReady ? 'degraded' : 'connecting';
    const { value } = this.subject;
    if (value.state === 'closed' || (value.state === state && value.error === error)) return;
    this.subject.next(error ? { state, error } : { state });
  }
}
