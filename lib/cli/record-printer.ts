import { toTagged } from '../codec/tagged-json.js';
import type { RecordEnd } from '../consuming/consumer-runtime.options.js';
import type { OpenEdxEventContext } from '../consuming/handlers/event-context.js';
import { UnknownEventError } from '../errors/index.js';
import type { EventMetadata } from '../events/event-metadata.js';
import type { Position, TransportCapabilities } from '../transport/transport.interface.js';
import { type CliIo, OutputClosedError, writeLine } from './cli-io.js';
import { errorAnswer } from './error-answer.js';
import { positionText } from './position-text.js';

/** Prints what becomes of each record. */
export class RecordPrinter {
  private readonly textOf: (position: Position) => string;
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly io: CliIo,
    capabilities: Pick<TransportCapabilities, 'partitions'>,
    private readonly onOutputClosed: () => void,
  ) {
    this.textOf = positionText(capabilities);
  }

  /** Resolves when printed. With the output closed it waits to be aborted: the record stays unsettled. */
  async event(data: unknown, context: OpenEdxEventContext): Promise<void> {
    try {
      await writeLine(this.io.stdout, {
        event_type: context.type,
        topic: context.topic,
        position: this.textOf(context.position),
        metadata: metadataAnswer(context.metadata),
        data: toTagged(data),
      });
    } catch {
      this.onOutputClosed();
      await aborted(context.signal);
      throw new OutputClosedError();
    }
  }

  end(record: RecordEnd, byHandlers: boolean): void {
    const { result, topic, type, metadata, error } = record;
    if (result === 'handled' && !byHandlers) return;
    const position = this.textOf(record.position);
    const place = {
      topic,
      position,
      ...(type === undefined ? {} : { eventType: type }),
      ...(metadata === undefined ? {} : { eventId: metadata.id }),
    };
    const answer =
      result === 'handled' || result === 'noHandler'
        ? { event_type: type, topic, position, id: metadata?.id, result }
        : errorAnswer(error ?? new UnknownEventError(type ?? 'unknown'), place);
    this.last = this.last
      .then(() => writeLine(this.io.stdout, answer))
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

/** In the form of the reference's `EventsMetadata.to_json`. */
function metadataAnswer(metadata: EventMetadata) {
  const { type, id, minorversion, source, sourcehost, time, sourcelib } = metadata;
  return { event_type: type, id, minorversion, source, sourcehost, time, sourcelib };
}
