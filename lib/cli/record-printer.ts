import { toTagged } from '../codec/tagged-json.js';
import type { RecordEnd } from '../consuming/observing/consuming-observer.js';
import type { ConsumerRuntimeOptions } from '../consuming/processing/processing-context.js';
import type { OpenEdxEventContext } from '../consuming/handlers/event-context.js';
import { UnknownEventError } from '../errors/index.js';
import type { EventMetadata } from '../events/event-metadata.js';
import type { RecordPosition, TransportCapabilities } from '../transport/transport.interface.js';
import type { CommandIo } from './cli-io.js';
import { failed } from './error-answer.js';
import { type Answer, OutputClosedError } from './output/answers.js';
import { eventLine, wholeEventLine } from './output/event-line.js';
import type { Style } from './output/style.js';
import { outsideText } from '../errors/outside-text.js';
import { monotonicNow } from '../common/clocks.js';
import type { ConsumerRuntime } from '../consuming/consumer-runtime.js';
import type { EventBusSettings } from '../settings/event-bus-settings.js';
import { fullTopic } from '../transport/topic-prefix.js';
import type { ConsumeRequest, Consumption } from './command.js';

/** Prints what becomes of each record. */
export class RecordPrinter {
  private readonly textOf: (position: RecordPosition) => string;
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly io: CommandIo,
    capabilities: Pick<TransportCapabilities, 'partitions'>,
    private readonly onOutputClosed: () => void,
    /** On a terminal, all of each event. */
    private readonly whole = false,
  ) {
    this.textOf = positionText(capabilities);
  }

  /** Resolves when printed. With the output closed it waits to be aborted: the record stays unacknowledged. */
  async event(data: unknown, context: OpenEdxEventContext): Promise<void> {
    try {
      await this.io.answers.write(
        eventAnswer(data, context, this.textOf(context.position), this.whole),
      );
    } catch {
      this.onOutputClosed();
      await aborted(context.signal);
      throw new OutputClosedError();
    }
  }

  end(record: RecordEnd, byHandlers: boolean): void {
    const { result, topic, type, metadata, error } = record;
    if ((result === 'handled' || result === 'duplicate') && !byHandlers) return;
    const position = this.textOf(record.position);
    const place = {
      topic,
      position,
      ...(type === undefined ? {} : { eventType: type }),
      ...(metadata === undefined ? {} : { eventId: metadata.id }),
    };
    const answer =
      result === 'handled' || result === 'duplicate' || result === 'noHandler'
        ? resultAnswer(record, position)
        : failed(error ?? new UnknownEventError(type ?? 'unknown'), place);
    this.last = this.last
      .then(() => this.io.answers.write(answer))
      .catch(() => this.onOutputClosed());
  }

  finished(): Promise<void> {
    return this.last;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function eventAnswer(
  data: unknown,
  { type, topic, metadata }: OpenEdxEventContext,
  position: string,
  whole: boolean,
): Answer {
  const tagged = toTagged(data);
  const shown = { type, position, time: metadata.time, id: metadata.id, data: tagged };
  return {
    json: { event_type: type, topic, position, metadata: metadataAnswer(metadata), data: tagged },
    text: (style, columns) =>
      whole ? wholeEventLine(shown, style) : eventLine(shown, style, columns),
  };
}

/** How a record ended that handlers were given. */
function resultAnswer({ result, topic, type, metadata }: RecordEnd, position: string): Answer {
  const shown = (style: Style): string =>
    result === 'handled'
      ? style.green('handled')
      : style.yellow(result === 'duplicate' ? 'handled before' : 'no handler');
  return {
    json: { event_type: type, topic, position, id: metadata?.id, result },
    text: (style) =>
      [
        shown(style),
        position,
        style.cyan(outsideText(type ?? '')),
        ...(metadata ? [style.dim(`id=${metadata.id}`)] : []),
      ].join('  '),
  };
}

/** In the form of Python's `EventsMetadata.to_json`. */
export function metadataAnswer(metadata: EventMetadata) {
  const { type, id, minorversion, source, sourcehost, time, sourcelib } = metadata;
  return { event_type: type, id, minorversion, source, sourcehost, time, sourcelib };
}

/** A runtime as a command uses it. */
export function consumptionOf(
  runtime: ConsumerRuntime,
  { consumersEnabled, shutdownTimeoutMs }: EventBusSettings,
): Consumption {
  return {
    enabled: consumersEnabled,
    start: () => runtime.start(),
    stop: () => runtime.drain(monotonicNow() + shutdownTimeoutMs),
  };
}

/** Member and start of a request, as the runtime takes them. */
export function startOf(
  { topic, member, start }: ConsumeRequest,
  topicPrefix: string | undefined,
): Pick<ConsumerRuntimeOptions, 'member' | 'start'> {
  return {
    ...(member === undefined ? {} : { member }),
    ...(start === undefined
      ? {}
      : {
          start:
            typeof start === 'string'
              ? start
              : {
                  after: [
                    { topic: fullTopic(topicPrefix, topic), partition: '0', offset: start.afterId },
                  ],
                },
        }),
  };
}

/**
 * Settings with which one record is in flight at a time: nothing is begun after the last one wanted,
 * and what is skipped is told in its order.
 */
export function oneInHand<S extends EventBusSettings>(settings: S): S {
  return { ...settings, maxInFlight: 1, concurrency: 1, sourceConcurrency: 1 };
}

type Partitions = Pick<TransportCapabilities, 'partitions'>;

/** A position as answers and options write it: `PARTITION:OFFSET`, or the id of the entry. */
export function positionText({ partitions }: Partitions): (position: RecordPosition) => string {
  return partitions ? ({ partition, offset }) => `${partition}:${offset}` : ({ offset }) => offset;
}

/**
 * The position of a group, as answers tell it: the offset that comes next in each partition, or the id of the
 * last entry read. null: there is no such group.
 */
export function groupPlace({ partitions }: Partitions): (at: readonly RecordPosition[]) => unknown {
  return (at) => {
    if (at.length === 0) return null;
    return partitions ? Object.fromEntries(nextOffsets(at)) : at[0]!.offset;
  };
}

/** Of positions in partitions: the offset after each, by partition. */
export function nextOffsets(at: readonly RecordPosition[]): ReadonlyMap<number, number> {
  const next = at.map(({ partition, offset }) => [Number(partition), Number(offset) + 1] as const);
  return new Map(next.sort(([a], [b]) => a - b));
}

/** The positions after which the offsets are the next ones. */
export function positionsBefore(
  topic: string,
  next: ReadonlyMap<number, number>,
): RecordPosition[] {
  return [...next].map(([partition, offset]) => ({
    topic,
    partition: String(partition),
    offset: String(offset - 1),
  }));
}
