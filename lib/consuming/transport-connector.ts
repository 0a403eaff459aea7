import { monotonicNow } from '../common/clocks.js';
import type { Subscription as RxSubscription } from 'rxjs';
import { codeOf } from '../errors/error-code.js';
import { messageOf } from '../errors/foreign-error.js';
import { ConnectError } from '../errors/index.js';
import type { StatusBoard } from '../observability/status-board.js';
import type { EventBusSettings } from '../settings/event-bus-settings.js';
import type { EventTransport, TransportStatus } from '../transport/transport.interface.js';
import type { EventBusLogger } from '../transport/wire-format.interface.js';
import { type Backoff, endBy, jitteredDelayAfter, pauseFor } from '../common/waiting.js';
import { asError } from '../errors/thrown-values.js';

export interface TransportLinkOptions {
  readonly transport: EventTransport;
  readonly settings: Pick<EventBusSettings, 'bus' | 'connect' | 'connectTimeoutMs'>;
  readonly status: StatusBoard;
  readonly logger: EventBusLogger;
  readonly backoff: Backoff;
}

/** Connects the transport and keeps the status true to what the transport says of itself. */
export class TransportConnector {
  private readonly stopping = new AbortController();
  private connecting: Promise<void> | undefined;
  private patience: Promise<boolean> | undefined;
  private watching: RxSubscription | undefined;

  constructor(private readonly options: TransportLinkOptions) {}

  /** One attempt. Rejects with ConnectError at `connectTimeoutMs`, whatever the transport does. */
  connectOnce(): Promise<void> {
    this.watch();
    this.connecting ??= this.tryToConnect().catch((error: unknown) => {
      this.connecting = undefined;
      throw error;
    });
    return this.connecting;
  }

  /** Tries until it succeeds (true) or the link is stopped (false). Never rejects. */
  connectPatiently(): Promise<boolean> {
    this.patience ??= this.connectAtLast();
    return this.patience;
  }

  /** Ends `connectPatiently` and no longer listens to the transport. */
  stop(): void {
    this.stopping.abort();
    this.watching?.unsubscribe();
  }

  private async connectAtLast(): Promise<boolean> {
    const { status, logger, settings, backoff } = this.options;
    for (let failures = 1; !this.stopping.signal.aborted; failures++) {
      let delayMs: number;
      try {
        await this.connectOnce();
        status.heal(CONNECT_FAULT);
        return true;
      } catch (thrown) {
        const error = asError(thrown);
        status.fault(CONNECT_FAULT, error);
        delayMs = Math.round(jitteredDelayAfter(backoff, failures));
        logger.error(
          `Bus ${settings.bus} could not connect, retrying in ${delayMs} ms: ${messageOf(error)}`,
          { code: codeOf(error) },
        );
      }
      await pauseFor(delayMs, this.stopping.signal, { idle: true });
    }
    return false;
  }

  private async tryToConnect(): Promise<void> {
    const { transport, settings } = this.options;
    const ms = settings.connectTimeoutMs;
    const attempt = transport.connect(monotonicNow() + ms);
    const late = `Bus ${settings.bus} could not connect: no answer from the broker within ${ms} ms (connectTimeout)`;
    if (!(await endBy(monotonicNow() + ms + GRACE_MS, attempt))) throw new ConnectError(late);
    try {
      await attempt;
    } catch (error) {
      if (error instanceof ConnectError) throw error;
      const why = messageOf(error);
      throw new ConnectError(`Bus ${settings.bus} could not connect: ${why}`, error);
    }
  }

  private watch(): void {
    this.watching ??= this.options.transport.status$.subscribe({
      next: (status) => this.show(status),
      error: () => undefined,
    });
  }

  private show({ state, error }: TransportStatus): void {
    const { status } = this.options;
    if (state === 'degraded' || state === 'failed') {
      status.fault(
        TRANSPORT_FAULT,
        error ?? new Error(`The transport reports the state ${state} without a reason`),
      );
    } else if (state === 'ready') {
      status.heal(TRANSPORT_FAULT);
    }
  }
}

const CONNECT_FAULT = 'connect';
const TRANSPORT_FAULT = 'transport';
/** For a transport that needs a moment after its deadline to say why it failed. */
const GRACE_MS = 250;
