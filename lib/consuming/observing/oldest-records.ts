import type { EventBusTelemetry } from '../../observability/event-bus-telemetry.js';
import type { OldestRecord } from '../../observability/health.js';
import type { StatusBoard } from '../../observability/status-board.js';
import { fullTopic } from '../../transport/topic-prefix.js';
import type { EventTransport, GroupLag, SourceLag } from '../../transport/transport.interface.js';
import type { EventBusLogger } from '../../transport/wire-format.interface.js';
import { BrokerPoll } from './broker-poll.js';
import { lagInterval } from './lag-watch.js';

/** What a group reads in this process. */
export interface ReadingGroup {
  readonly group: string;
  /** As `SubscriptionHandle.lag`, of the partitions and streams that are read here. */
  lag(): Promise<readonly SourceLag[]>;
}

export interface OldestRecordsOptions {
  readonly bus: string;
  readonly topicPrefix: string | undefined;
  readonly telemetry: EventBusTelemetry;
  readonly transport: EventTransport;
  readonly status: StatusBoard;
  readonly logger: EventBusLogger;
  /** Undefined: this process reads nothing, and looks at all that the groups of its handlers read elsewhere. */
  readonly readings: () => readonly ReadingGroup[] | undefined;
  /** Each group with the topics (without prefix) of its handlers. */
  readonly groups: () => ReadonlyMap<string, readonly string[]>;
}

/**
 * Asks the broker on a timer of its own how old the oldest record is that is not acknowledged, from when readiness is first
 * asked for with `maxLagMs`. Topics on which records wait for later retries are left out: they are old on purpose.
 */
export class OldestRecords {
  private readonly poll: BrokerPoll<readonly OldestRecord[]>;
  private isOpen = false;

  constructor(private readonly options: OldestRecordsOptions) {
    const { bus, status, logger, telemetry } = options;
    const everyMs = lagInterval(telemetry);
    this.poll = new BrokerPoll({
      everyMs,
      ask: () => this.ask(),
      told: (records = []) => status.oldest(records),
      failed: (reason) =>
        logger.warn(
          `Bus ${bus} could not ask the broker for the age of the oldest records, so readiness does not take maxLagMs into account: ${reason}. ` +
            `Asking again every ${everyMs} ms`,
        ),
    });
    status.onLagWanted(() => this.begin());
  }

  /** The broker may be asked from now on. */
  start(): void {
    this.isOpen = true;
    if (this.options.status.wantsLag) this.begin();
  }

  stop(): void {
    this.isOpen = false;
    this.poll.stop();
  }

  private begin(): void {
    if (this.isOpen) this.poll.start();
  }

  private async ask(): Promise<readonly OldestRecord[]> {
    const { readings, groups } = this.options;
    const found: OldestRecord[] = [];
    const reading = readings();
    for (const one of reading ?? [])
      found.push(...(await this.ofSources(one.group, await one.lag())));
    for (const [group] of reading ? [] : groups())
      for (const { oldest, ...of } of await this.ofGroup(group))
        if (oldest) found.push({ group, source: this.sourceOf(of), ageMs: oldest });
    return found;
  }

  /** A client may not know the age of what it has not fetched: the broker does. */
  private async ofSources(group: string, lags: readonly SourceLag[]): Promise<OldestRecord[]> {
    const ages = new Map(
      lags.map(({ source, events, oldest }) => [source, events === 0 ? 0 : oldest]),
    );
    if ([...ages.values()].includes(null))
      for (const lag of await this.ofGroup(group)) {
        const source = this.sourceOf(lag);
        if (ages.get(source) === null) ages.set(source, lag.oldest);
      }
    return [...ages].flatMap(([source, ageMs]) => (ageMs ? [{ group, source, ageMs }] : []));
  }

  private async ofGroup(group: string): Promise<readonly GroupLag[]> {
    const { transport, groups, topicPrefix } = this.options;
    const { admin } = transport;
    const lags: GroupLag[] = [];
    for (const topic of admin?.lag ? (groups().get(group) ?? []) : [])
      lags.push(...(await admin!.lag!(group, fullTopic(topicPrefix, topic))));
    return lags;
  }

  /** As `Delivery.source`. */
  private sourceOf({ topic, partition }: Pick<GroupLag, 'topic' | 'partition'>): string {
    return this.options.transport.capabilities.partitions ? `${topic}/${partition}` : topic;
  }
}
