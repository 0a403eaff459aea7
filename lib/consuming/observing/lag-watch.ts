import { ATTRIBUTE } from '../../observability/attributes.js';
import type { EventBusTelemetry, GaugeValue } from '../../observability/event-bus-telemetry.js';
import { METRIC } from '../../observability/metrics.js';
import { fullTopic } from '../../transport/topic-prefix.js';
import type { EventTransport, GroupLag } from '../../transport/transport.interface.js';
import type { EventBusLogger, TransportTraits } from '../../transport/wire-format.interface.js';
import { BrokerPoll } from './broker-poll.js';

export interface LagWatchOptions {
  readonly bus: string;
  readonly topicPrefix: string | undefined;
  readonly telemetry: EventBusTelemetry;
  readonly traits: Pick<TransportTraits, 'transportName'>;
  readonly transport: EventTransport;
  readonly logger: EventBusLogger;
  /** Each group with the topics (without prefix) that it reads. */
  readonly groups: () => ReadonlyMap<string, readonly string[]>;
  /** Full names of the topics of dead letters. */
  readonly letterTopics: () => readonly string[];
}

const EVERY_MS = 15_000;

/** How often the broker is asked how far groups are. */
export function lagInterval(telemetry: EventBusTelemetry): number {
  return telemetry.lagInterval ?? EVERY_MS;
}

interface GroupFigures {
  readonly lag: GaugeValue[];
  readonly lagSeconds: GaugeValue[];
  readonly pending: GaugeValue[];
}

/**
 * Asks the broker on timers of its own how far the groups of a bus are and how many dead letters are open, and shows the last
 * answers as gauges. What the broker does not say, or did not answer in time, has no value until it is known again.
 */
export class LagWatch {
  private readonly ends: (() => void)[] = [];
  private readonly lag: BrokerPoll<GroupFigures>;
  private readonly letters: BrokerPoll<readonly GaugeValue[]>;
  private figures: GroupFigures | undefined;
  private lettersOpen: readonly GaugeValue[] = [];

  /** Undefined where nobody wants to know. */
  static of(options: LagWatchOptions): LagWatch | undefined {
    return options.telemetry.gauge ? new LagWatch(options) : undefined;
  }

  private constructor(private readonly options: LagWatchOptions) {
    const { bus, logger, telemetry } = options;
    const everyMs = lagInterval(telemetry);
    this.lag = new BrokerPoll({
      everyMs,
      ask: () => this.groupFigures(),
      told: (figures) => (this.figures = figures),
      failed: (reason) =>
        logger.warn(
          `Bus ${bus} could not ask the broker for the lag of its groups, so the lag metrics have no values: ${reason}. ` +
            `Asking again every ${everyMs} ms`,
        ),
    });
    this.letters = new BrokerPoll({
      everyMs,
      ask: () => this.openLetters(),
      told: (open = []) => (this.lettersOpen = open),
      failed: (reason) =>
        logger.warn(
          `Bus ${bus} could not ask the broker how many dead letters are open, so the metric ${METRIC.lettersOpen.name} has no values: ${reason}. ` +
            `Asking again every ${everyMs} ms`,
        ),
    });
  }

  start(): void {
    if (this.ends.length > 0) return;
    const gauge = this.options.telemetry.gauge!.bind(this.options.telemetry);
    for (const name of ['lag', 'lagSeconds', 'pending'] as const)
      this.ends.push(gauge(METRIC[name], () => this.figures?.[name] ?? []));
    this.ends.push(gauge(METRIC.lettersOpen, () => this.lettersOpen));
    this.lag.start();
    this.letters.start();
  }

  stop(): void {
    this.lag.stop();
    this.letters.stop();
    for (const end of this.ends.splice(0)) end();
  }

  private async groupFigures(): Promise<GroupFigures> {
    const { transport, groups, topicPrefix } = this.options;
    const { admin } = transport;
    const figures: GroupFigures = { lag: [], lagSeconds: [], pending: [] };
    for (const [group, topics] of admin?.lag ? groups() : [])
      for (const topic of topics)
        for (const lag of await admin!.lag!(group, fullTopic(topicPrefix, topic)))
          this.add(figures, group, lag);
    return figures;
  }

  private async openLetters(): Promise<readonly GaugeValue[]> {
    const { deadLetters } = this.options.transport;
    const open: GaugeValue[] = [];
    for (const topic of deadLetters?.count ? this.options.letterTopics() : []) {
      const value = await deadLetters!.count!(topic);
      open.push({ value, attributes: { ...this.attributes, [ATTRIBUTE.letterTopic]: topic } });
    }
    return open;
  }

  private add({ lag, lagSeconds, pending }: GroupFigures, group: string, of: GroupLag): void {
    const attributes = {
      ...this.attributes,
      [ATTRIBUTE.topic]: of.topic,
      [ATTRIBUTE.partition]: of.partition,
      [ATTRIBUTE.group]: group,
    };
    if (of.events !== null) lag.push({ value: of.events, attributes });
    if (of.oldest !== null) lagSeconds.push({ value: of.oldest / 1_000, attributes });
    if (of.pending !== undefined) pending.push({ value: of.pending, attributes });
  }

  private get attributes() {
    const { bus, traits } = this.options;
    return { [ATTRIBUTE.bus]: bus, [ATTRIBUTE.system]: traits.transportName };
  }
}
