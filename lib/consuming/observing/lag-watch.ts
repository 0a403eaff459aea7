import { monotonicNow } from '../../common/clocks.js';
import { endBy } from '../../common/waiting.js';
import { messageOf } from '../../errors/foreign-error.js';
import { ATTRIBUTE } from '../../observability/attributes.js';
import type { EventBusTelemetry, GaugeValue } from '../../observability/event-bus-telemetry.js';
import { METRIC } from '../../observability/metrics.js';
import { fullTopic } from '../../transport/topic-prefix.js';
import type { EventTransport, GroupLag } from '../../transport/transport.interface.js';
import type { EventBusLogger, TransportTraits } from '../../transport/wire-format.interface.js';

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
/** A question that takes longer is given up. */
const ANSWER_MS = 10_000;

interface Figures {
  readonly lag: readonly GaugeValue[];
  readonly lagSeconds: readonly GaugeValue[];
  readonly pending: readonly GaugeValue[];
  readonly lettersOpen: readonly GaugeValue[];
}

const NO_FIGURES: Figures = { lag: [], lagSeconds: [], pending: [], lettersOpen: [] };

/**
 * Asks the broker on a timer of its own how far the groups of a bus are, and shows the last answer as gauges. What the broker
 * does not say, or did not answer in time, has no value until it is known again.
 */
export class LagWatch {
  private readonly ends: (() => void)[] = [];
  private figures = NO_FIGURES;
  private timer: NodeJS.Timeout | undefined;
  private asking: Promise<void> | undefined;
  private isFailing = false;

  /** Undefined where nobody wants to know. */
  static of(options: LagWatchOptions): LagWatch | undefined {
    return options.telemetry.gauge ? new LagWatch(options) : undefined;
  }

  private constructor(private readonly options: LagWatchOptions) {}

  start(): void {
    if (this.timer) return;
    const { telemetry } = this.options;
    for (const name of Object.keys(NO_FIGURES) as (keyof Figures)[])
      this.ends.push(telemetry.gauge!(METRIC[name], () => this.figures[name]));
    this.timer = setInterval(() => void this.look(), telemetry.lagInterval ?? EVERY_MS).unref();
    void this.look();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    for (const end of this.ends.splice(0)) end();
    this.figures = NO_FIGURES;
  }

  /** Resolves when the figures are those of now. One question at a time. Never rejects. */
  look(): Promise<void> {
    this.asking ??= this.ask().finally(() => (this.asking = undefined));
    return this.asking;
  }

  private async ask(): Promise<void> {
    let figures: Figures | undefined;
    let failure: unknown;
    const asked = this.answers().then(
      (answer) => (figures = answer),
      (error: unknown) => (failure = error),
    );
    const inTime = await endBy(monotonicNow() + ANSWER_MS, asked);
    if (!this.timer) return;
    this.figures = figures ?? NO_FIGURES;
    const late = `the broker did not answer within ${ANSWER_MS} ms`;
    if (figures) this.isFailing = false;
    else this.warn(inTime ? messageOf(failure) : late);
  }

  private async answers(): Promise<Figures> {
    const { transport, groups, letterTopics, topicPrefix } = this.options;
    const { admin, deadLetters } = transport;
    const figures = { lag: [], lagSeconds: [], pending: [], lettersOpen: [] } as {
      [F in keyof Figures]: GaugeValue[];
    };
    for (const [group, topics] of admin?.lag ? groups() : [])
      for (const topic of topics)
        for (const lag of await admin!.lag!(group, fullTopic(topicPrefix, topic)))
          this.add(figures, group, lag);
    for (const topic of deadLetters?.count ? letterTopics() : []) {
      const value = await deadLetters!.count!(topic);
      figures.lettersOpen.push({
        value,
        attributes: { ...this.attributes, [ATTRIBUTE.letterTopic]: topic },
      });
    }
    return figures;
  }

  private add(
    { lag, lagSeconds, pending }: Record<keyof Figures, GaugeValue[]>,
    group: string,
    of: GroupLag,
  ): void {
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

  /** Once, until it works again. */
  private warn(reason: string): void {
    if (this.isFailing) return;
    this.isFailing = true;
    const { bus, logger, telemetry } = this.options;
    const every = telemetry.lagInterval ?? EVERY_MS;
    logger.warn(
      `Bus ${bus} could not ask the broker for the lag of its groups, so the lag metrics have no values: ${reason}. ` +
        `Asking again every ${every} ms`,
    );
  }
}
