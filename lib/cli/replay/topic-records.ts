import { monotonicNow } from '../../common/clocks.js';
import type {
  Delivery,
  DeliverySink,
  EventTransport,
  Position,
  Start,
  Subscription,
} from '../../transport/transport.interface.js';

type Until = NonNullable<Subscription['until']>;

export interface FoundRecord {
  readonly position: Position;
  /** When the broker stored it, in ms since the epoch, where it says so. */
  readonly brokerTime: number | undefined;
}

export interface Survey {
  readonly events: number;
  readonly first: FoundRecord | undefined;
  readonly last: FoundRecord | undefined;
}

const IN_FLIGHT = 1_000;
const STOP_MS = 5_000;

/** Looks at the records of one topic without a group. */
export class TopicRecords {
  constructor(
    private readonly transport: EventTransport,
    private readonly fullTopic: string,
    private readonly signal: AbortSignal,
  ) {}

  /** The first record of a range; undefined where it holds none. */
  async first(start: Start, until: Until = 'end'): Promise<FoundRecord | undefined> {
    return (await this.read(start, until, 1)).first;
  }

  /** Counts the records of a range: each is fetched. */
  survey(start: Start, until: Until): Promise<Survey> {
    return this.read(start, until, Infinity);
  }

  private async read(start: Start, until: Until, limit: number): Promise<Survey> {
    this.signal.throwIfAborted();
    const sink = new Surveyor(limit);
    const topics = [this.fullTopic];
    const maxInFlight = Math.min(limit, IN_FLIGHT);
    const handle = await this.transport.subscribe(
      { topics, group: null, start, until, maxInFlight },
      sink,
    );
    const stop = (): void => sink.stop(this.signal.reason as Error);
    this.signal.addEventListener('abort', stop, { once: true });
    try {
      return await sink.done;
    } finally {
      this.signal.removeEventListener('abort', stop);
      await handle.stop(monotonicNow() + STOP_MS);
    }
  }
}

class Surveyor implements DeliverySink {
  readonly done: Promise<Survey>;
  stop!: (reason: Error) => void;
  private finish!: (survey: Survey) => void;
  private survey: Survey = { events: 0, first: undefined, last: undefined };

  constructor(private readonly limit: number) {
    this.done = new Promise((resolve, reject) => {
      this.finish = resolve;
      this.stop = reject;
    });
    // It may end before anybody waits for it.
    this.done.catch(() => undefined);
  }

  deliver(batch: readonly Delivery[]): void {
    for (const delivery of batch) {
      if (this.survey.events < this.limit) this.count(delivery);
      delivery.settle();
    }
    if (this.survey.events >= this.limit) this.finish(this.survey);
  }

  revoke(): Promise<void> {
    return Promise.resolve();
  }

  notice(): void {}

  end(reason: 'until' | 'stopped' | Error): void {
    if (reason === 'until') this.finish(this.survey);
    else this.stop(reason === 'stopped' ? new Error('The reading was stopped') : reason);
  }

  private count({ position, record: { brokerTime } }: Delivery): void {
    const found = { position, brokerTime };
    const { events, first = found, last = found } = this.survey;
    // Partitions are read side by side.
    this.survey = {
      events: events + 1,
      first: isBefore(found, first) ? found : first,
      last: isBefore(found, last) ? last : found,
    };
  }
}

function isBefore(one: FoundRecord, other: FoundRecord): boolean {
  return (one.brokerTime ?? 0) < (other.brokerTime ?? 0);
}
