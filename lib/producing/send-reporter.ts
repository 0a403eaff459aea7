import type { AsyncResource } from 'node:async_hooks';
import { forkOf, hereContext } from '../common/async-contexts.js';
import { type LogFields, takesFields } from '../common/log-fields.js';
import { codeOf, errorFields } from '../errors/error-code.js';
import { messageOf } from '../errors/foreign-error.js';
import { outsideText } from '../errors/outside-text.js';
import { andMore, LineRate } from '../observability/line-limits.js';
import { CHANNEL } from '../observability/diagnostics.js';
import type { PublishOutcome, RecordPosition } from '../transport/transport.interface.js';
import type {
  PreparedEvent,
  EventBusLogger,
  TransportTraits,
} from '../transport/wire-format.interface.js';

/** Where the producer counts; the status of the bus is one. */
export interface SendCounter {
  count(name: 'sent' | 'sendFailed' | 'disabledRoute', by?: number): void;
}

export interface SendReporterOptions {
  readonly bus: string;
  readonly traits: TransportTraits;
  readonly auditLogging: boolean;
  readonly logEventData: boolean;
  readonly counter: SendCounter;
  readonly logger: EventBusLogger;
  readonly onSendFailure?: SendFailureHook | undefined;
}

/** Each says what is wrong with another call. */
const REFUSALS_AT_ONCE = 50;

/**
 * Tells everyone concerned what became of each record: status, diagnostics channel, `onSendFailure`; the log too, where failures
 * of one kind get one line a second with their number.
 */
export class SendReporter {
  private readonly hooks = new Set<Promise<void>>();
  private readonly errors: LineRate;
  /** Those of the event before. */
  private words: AuditWords | undefined;

  constructor(private readonly options: SendReporterOptions) {
    this.errors = new LineRate((line, fields) => options.logger.error(line, fields));
  }

  /** Tells the log what it was not told yet. */
  flush(): void {
    this.errors.flush();
  }

  /** Resolves when the hooks called so far have returned. */
  async settled(): Promise<void> {
    await Promise.all(this.hooks);
  }

  /** The async context of the sender, to be reported with, where somebody wants to hear of failures. */
  senderContext(): AsyncResource | undefined {
    return this.options.onSendFailure && hereContext();
  }

  report(
    event: PreparedEvent,
    topic: string,
    outcome: PublishOutcome,
    sender: AsyncResource | undefined,
  ): void {
    if (outcome.status === 'sent') this.sent(event, topic, outcome);
    else this.failed(event, topic, outcome, sender);
    if (CHANNEL.sent.hasSubscribers) this.tell(event, topic, outcome);
  }

  private tell({ metadata, type }: PreparedEvent, topic: string, outcome: PublishOutcome): void {
    CHANNEL.sent.publish({
      ...{ bus: this.options.bus, topic, eventType: type, eventId: metadata.id },
      status: outcome.status,
      ...(outcome.status !== 'sent' && { error: outcome.error }),
    });
  }

  /** A send that nobody waits for was rejected before there was a prepared event. */
  refused(error: unknown): void {
    this.options.counter.count('sendFailed');
    this.errors.offer(
      `refused ${codeOf(error) ?? ''}`,
      (leftOut) =>
        `Error producing event to ${this.broker}: ${messageOf(error)}${andMore(leftOut)}`,
      { fields: () => errorFields(error), atOnce: REFUSALS_AT_ONCE },
    );
  }

  disabled(routes: number): void {
    if (routes > 0) this.options.counter.count('disabledRoute', routes);
  }

  private sent(
    event: PreparedEvent,
    topic: string,
    { receipt: { position } }: Extract<PublishOutcome, { status: 'sent' }>,
  ): void {
    const { auditLogging, counter, logger, traits } = this.options;
    counter.count('sent');
    if (!auditLogging) return;
    const id = `message_id=${outsideText(event.metadata.id)}`;
    const offset = outsideText(position?.offset ?? 'none');
    const { delivered, signal } = this.wordsOf(topic, event.type);
    logger.log(
      traits.offsetName !== undefined
        ? `${delivered}${id}${signal}, ${traits.offsetName}=${offset}`
        : `${delivered}partition=${outsideText(position?.partition ?? 'none')}, offset=${offset}, ${id}${signal}`,
      takesFields(logger) ? fieldsOf(event, topic, position) : undefined,
    );
  }

  /** What the audit lines of events of one type on one topic share. */
  private wordsOf(topic: string, type: string): AuditWords {
    const { words } = this;
    if (words?.topic === topic && words.type === type) return words;
    const delivered = `Message delivered to ${this.broker}: topic=${outsideText(topic)}, `;
    return (this.words = { topic, type, delivered, signal: `, ${signalOf(type)}` });
  }

  private failed(
    event: PreparedEvent,
    topic: string,
    { status, error }: Exclude<PublishOutcome, { status: 'sent' }>,
    sender: AsyncResource | undefined,
  ): void {
    const { counter, logEventData, logger } = this.options;
    counter.count('sendFailed');
    const line = (leftOut: number): string =>
      `Error producing event to ${this.broker}: topic=${outsideText(topic)}, ${aboutEvent(event)}, outcome=${status}, ` +
      `error=${outsideText(error.name)}: ${messageOf(error)}${this.dataOf(event)}${andMore(leftOut)}`;
    // Who wants the data in the log wants that of each event.
    const fields = () => ({ ...fieldsOf(event, topic), code: codeOf(error) });
    if (logEventData) logger.error(line(0), fields());
    else this.errors.offer(`${status} ${codeOf(error) ?? ''}`, line, { fields });
    if (sender) forkOf(sender).runInAsyncScope(() => this.callHook(event, topic, error));
  }

  private callHook(event: PreparedEvent, topic: string, error: Error): void {
    const { onSendFailure } = this.options;
    if (onSendFailure === undefined) return;
    const hook = (async () => {
      try {
        await onSendFailure(event, error);
      } catch (thrown) {
        this.errors.offer(
          'hook',
          (leftOut) =>
            `onSendFailure threw for topic=${outsideText(topic)}, message_id=${outsideText(event.metadata.id)}; it is not called again for this failure: ${messageOf(thrown)}${andMore(leftOut)}`,
          { fields: () => ({ ...fieldsOf(event, topic), code: codeOf(error) }) },
        );
      }
    })();
    this.hooks.add(hook);
    void hook.then(() => this.hooks.delete(hook));
  }

  /** All that is needed to send the event again by hand. */
  private dataOf({ metadata, body }: PreparedEvent): string {
    if (!this.options.logEventData) return '';
    const hex = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('hex');
    return `, event_metadata=${JSON.stringify(metadata)}, event_data_hex=${hex}`;
  }

  private get broker(): string {
    const { traits, bus } = this.options;
    const name = traits.brokerName ?? traits.transportName;
    return `${name} event bus${bus === 'default' ? '' : ` '${bus}'`}`;
  }
}

interface AuditWords {
  readonly topic: string;
  readonly type: string;
  readonly delivered: string;
  readonly signal: string;
}

const signalOf = (type: string): string => `signal=<OpenEdxPublicSignal: ${outsideText(type)}>`;

const aboutEvent = ({ type, metadata }: PreparedEvent): string =>
  `message_id=${outsideText(metadata.id)}, ${signalOf(type)}`;

function fieldsOf(
  { type, metadata }: PreparedEvent,
  topic: string,
  position?: RecordPosition | null,
): LogFields {
  const { partition, offset } = position ?? {};
  return { topic, partition, offset, eventType: type, eventId: metadata.id };
}

/**
 * Called once for each prepared event that the broker did not confirm, before `send` rejects.
 *
 * `prepared` is complete: it may be stored, and published again with `EventBusProducer.publish`. An error that the
 * hook throws or rejects with is logged and changes nothing else. `send` does not wait for the hook, `flush` does.
 * It runs in the async context (`AsyncLocalStorage`) of the call that sent the event.
 */
export type SendFailureHook = (prepared: PreparedEvent, error: Error) => void | Promise<void>;
