import { setMaxListeners } from 'node:events';

/** The signal of one attempt at an event, made when somebody first asks for it: most handlers never do. */
export class AttemptSignal {
  private controller: AbortController | undefined;
  private aborted: { readonly reason: unknown } | undefined;
  private released = false;
  private lost: AbortSignal | undefined;
  private readonly onLost = (): void => this.abort(this.lost?.reason);

  /** `lostSignal` fires when the record is no longer ours. */
  constructor(private readonly lostSignal: () => AbortSignal) {}

  /** Takes any number of listeners: how many a handler needs is its own affair. */
  get value(): AbortSignal {
    if (this.controller) return this.controller.signal;
    this.controller = new AbortController();
    setMaxListeners(0, this.controller.signal);
    if (this.aborted) this.controller.abort(this.aborted.reason);
    else this.follow(this.lostSignal());
    return this.controller.signal;
  }

  abort(reason: unknown): void {
    this.aborted ??= { reason };
    this.controller?.abort(reason);
  }

  /** The attempt is over: what becomes of the record no longer fires the signal. */
  release(): void {
    this.released = true;
    this.lost?.removeEventListener('abort', this.onLost);
  }

  private follow(lost: AbortSignal): void {
    this.lost = lost;
    if (lost.aborted) this.onLost();
    if (lost.aborted || this.released) return;
    // As many handlers as an event has listen at the same time.
    setMaxListeners(0, lost);
    lost.addEventListener('abort', this.onLost);
  }
}
