import { codecFor, type EventCodec } from '../../codec/event-codec.js';
import {
  EventBusError,
  type HandlerFailure,
  ServiceUnavailableError,
  UnusableRecordError,
  type EventBusErrorPlace,
  UnsupportedSchemaError,
} from '../../errors/index.js';
import type { EventCatalog } from '../../events/event-catalog.js';
import { topicWithoutPrefix } from '../../transport/topic-prefix.js';
import type { Delivery } from '../../transport/transport.interface.js';
import type { ReceivedEvent, WireFormat } from '../../transport/wire-format.interface.js';
import { decodeReceived } from './body-decoder.js';
import type { EarlierAttempts } from '../later-retries/waiting-record.js';
import type { EventHandler, HandlerRegistry } from '../handlers/handler-registry.js';
import { ConfigurationError, MissingPeerError } from '../../errors/configuration.errors.js';
import { messageOf } from '../../errors/foreign-error.js';
import { outsideText } from '../../errors/outside-text.js';
import type { LineLimiter } from '../../observability/line-limits.js';
import type { StatusBoard } from '../../observability/status-board.js';

/** A record that became an event with handlers. */
export interface ReadEvent {
  readonly kind: 'event';
  readonly received: ReceivedEvent;
  readonly codec: EventCodec;
  /** Without the environment prefix. */
  readonly topic: string;
  readonly handlers: readonly EventHandler[];
  readonly data: unknown;
  /** The release whose schema version the body was read with; null: the current one. */
  readonly writerRelease: string | null;
  /** Those of the wire format and of the schema version. */
  readonly warnings: readonly string[];
  /** Bytes of the body that the guessed schema version does not know. */
  readonly bytesLeft: number;
  /** Set for a later retry. */
  readonly earlier?: EarlierAttempts;
  /** Handlers that are to have it and cannot be called. */
  readonly failures?: readonly HandlerFailure[];
}

/** A record that will never become one. */
export interface UnusableRecord {
  readonly kind: 'unusable';
  readonly error: EventBusError;
  /** As far as it could be read. */
  readonly received: ReceivedEvent | undefined;
  /** The handlers that were to have it, where not all of its event were. */
  readonly failures?: readonly HandlerFailure[];
}

/** Nothing to do: no definition is known, or nobody handles it here. The body was not decoded. */
export interface SkippedRecord {
  readonly kind: 'unknownType' | 'noHandler';
  readonly received: ReceivedEvent;
}

/** Whether it is an event is not known yet: a service that must be asked does not answer. */
export interface UnreadRecord {
  readonly kind: 'serviceFault';
  readonly error: ServiceUnavailableError;
}

export type ReadRecord = ReadEvent | UnusableRecord | SkippedRecord | UnreadRecord;

export interface EventDecoderOptions {
  readonly wire: WireFormat;
  readonly catalog: EventCatalog;
  readonly handlers: HandlerRegistry;
  readonly topicPrefix: string | undefined;
  readonly maxDeliveries: number;
}

/** A topic as a group reads it. */
interface ReadTopic {
  /** The full topic, and the group. */
  readonly place: { readonly topic: string; readonly group: string };
  /** Without the environment prefix. */
  readonly topic: string;
  /** Whether the group has a handler for events of the type. */
  readonly isWanted: (type: string) => boolean;
}

/** Turns records into events. */
export class EventDecoder {
  /** Records come in batches of one topic. */
  private lastTopic: ReadTopic | undefined;

  constructor(private readonly options: EventDecoderOptions) {}

  /** Never throws or rejects: whatever is wrong with the record is its result. */
  read(delivery: Delivery, group: string): ReadRecord | Promise<ReadRecord> {
    try {
      const { record, position } = delivery;
      const from = this.topicOf(record.topic, group);
      const received = this.options.wire.fromRecord(record, position, from.isWanted);
      if (!('then' in received)) return this.understand(received, delivery, from);
      return received.then(
        (event) => this.understand(event, delivery, from),
        (error: unknown) => faulty(error, delivery, group),
      );
    } catch (error) {
      return faulty(error, delivery, group);
    }
  }

  private topicOf(fullTopic: string, group: string): ReadTopic {
    const last = this.lastTopic;
    if (last?.place.topic === fullTopic && last.place.group === group) return last;
    const { catalog, handlers, topicPrefix } = this.options;
    const topic = topicWithoutPrefix(topicPrefix, fullTopic);
    const isWanted = (type: string): boolean =>
      catalog.get(type) !== undefined && handlers.handlersFor(group, type, topic).length > 0;
    return (this.lastTopic = { place: { topic: fullTopic, group }, topic, isWanted });
  }

  private understand(received: ReceivedEvent, delivery: Delivery, from: ReadTopic): ReadRecord {
    try {
      return this.decode(received, delivery, from);
    } catch (error) {
      return faulty(error, delivery, from.place.group, received);
    }
  }

  private decode(
    received: ReceivedEvent,
    delivery: Delivery,
    { place, topic }: ReadTopic,
  ): ReadRecord {
    const { catalog, handlers, maxDeliveries } = this.options;
    const definition = catalog.get(received.type);
    if (!definition) return { kind: 'unknownType', received };
    const found = handlers.handlersFor(place.group, received.type, topic);
    if (!found.length) return { kind: 'noHandler', received };
    const { earlierDeliveries = 0 } = delivery;
    if (earlierDeliveries >= maxDeliveries)
      throw new UnusableRecordError(
        `it was delivered ${earlierDeliveries} times without being acknowledged (maxDeliveries), so it probably crashes the consumer`,
      );
    const codec = codecFor(definition);
    const { data, writerRelease, warnings, bytesLeft } = decodeReceived(codec, received, place);
    return {
      kind: 'event',
      received,
      codec,
      topic,
      handlers: found,
      data,
      writerRelease,
      warnings: warnings.length ? [...received.warnings, ...warnings] : received.warnings,
      bytesLeft,
    };
  }
}

/** A fresh copy of the data, from the record's bytes. */
export function decodeAgain(
  { codec, received }: Pick<ReadEvent, 'codec' | 'received'>,
  place: EventBusErrorPlace,
): unknown {
  return decodeReceived(codec, received, place).data;
}

function faulty(
  error: unknown,
  { record }: Delivery,
  group: string,
  received?: ReceivedEvent,
): UnusableRecord | UnreadRecord {
  if (error instanceof ServiceUnavailableError) return { kind: 'serviceFault', error };
  if (isDeploymentFault(error)) {
    const fault = `a record cannot be decoded, because a package, a permission or memory is missing or the configuration is wrong: ${messageOf(error)}`;
    return {
      kind: 'serviceFault',
      error: new ServiceUnavailableError('This process', fault, { cause: error }),
    };
  }
  const ids = received && { eventType: received.type, eventId: received.metadata.id };
  return {
    kind: 'unusable',
    error: placed(error, { topic: record.topic, group, ...ids }, received?.schemaId),
    received,
  };
}

/** The error with the place of the record, which wire format and codec do not know. */
function placed(error: unknown, place: EventBusErrorPlace, schemaId?: number): EventBusError {
  if (error instanceof EventBusError && error.topic !== undefined) return error;
  const reason =
    error instanceof UnusableRecordError
      ? error.message.replace(/^Unusable record: /, '')
      : 'decoding failed (see the cause)';
  const written = schemaId === undefined ? '' : ` (written with schema id ${schemaId})`;
  return new UnusableRecordError(reason + written, { ...place, cause: error });
}

/** What Node says of code that is not there, cannot be loaded or is forbidden, and of memory that is not there. */
const CODES: readonly unknown[] = [
  'MODULE_NOT_FOUND',
  'ERR_MODULE_NOT_FOUND',
  'ERR_PACKAGE_PATH_NOT_EXPORTED',
  'ERR_DLOPEN_FAILED',
  'ERR_ACCESS_DENIED',
  'ERR_MEMORY_ALLOCATION_FAILED',
];
const MOST_CAUSES = 8;

/**
 * Whether an error, or one that it was caused by, is about this process (a package that cannot be loaded, code that
 * a policy forbids, no memory) and so says nothing of the record at which it was met.
 */
export function isDeploymentFault(error: unknown): boolean {
  let one = error;
  for (let causes = 0; causes < MOST_CAUSES && typeof one === 'object' && one !== null; causes++) {
    const { name, code, message, cause } = one as Partial<Error> & { readonly code?: unknown };
    if (one instanceof MissingPeerError || one instanceof ConfigurationError) return true;
    if (name === 'EvalError' || CODES.includes(code)) return true;
    if (name === 'RangeError' && message === 'Array buffer allocation failed') return true;
    one = cause;
  }
  return false;
}

interface WarningParts {
  readonly status: StatusBoard;
  readonly warnings: LineLimiter;
  /** Types of events of which the last one was not read to its end. */
  readonly partlyRead: Set<string>;
}

/** Counts a record of a type that no definition is known for; names each type once, ten a minute. */
export function warnOfUnknownType(
  { status, warnings }: Omit<WarningParts, 'partlyRead'>,
  type: string,
  topic: string,
): void {
  status.count('unknownType');
  warnings.offer({
    kind: 'unknown type',
    name: type,
    text: () =>
      `Events of type ${outsideText(type)} on topic ${outsideText(topic)} are skipped, because no event definition is registered (logged once for each type). To handle them, register one with EventBusModule.forFeature, or install a newer version of this package`,
    rest: (count) => `… and ${count} more events of unknown types were skipped in the last minute`,
    fields: () => ({ topic, eventType: type }),
  });
}

/** Counts what is odd about a record that can be used; warns once per topic, ten times a minute. */
export function warnOfDefaults(
  { status, warnings }: Omit<WarningParts, 'partlyRead'>,
  { position: { topic, partition, offset } }: Delivery,
  texts: readonly string[],
): void {
  for (const text of texts) {
    status.count('warnings');
    warnings.offer({
      kind: endOf(text),
      name: `${topic} ${text}`,
      text: () => {
        const place = outsideText(`topic=${topic}, partition=${partition}, offset=${offset}`);
        return `Record ${place}: ${outsideText(text, LONGEST)} (logged once for each topic)`;
      },
      rest: (count) =>
        `… and ${count} more record warnings in the last minute, such as topic=${outsideText(topic)}: ${outsideText(text, LONGEST)}`,
      fields: () => ({ topic, partition, offset }),
    });
  }
}

const LONGEST = 512;
const END = 32;

/** A warning's kind: texts from outside stand inside of it, its end is ours. */
const endOf = (warning: string): string => warning.slice(-END);

/**
 * The status is degraded from an event whose schema version was guessed and left bytes over until the next
 * one of its type that is read to the end.
 */
export function showUnreadBytes(
  { status, partlyRead }: Pick<WarningParts, 'status' | 'partlyRead'>,
  { received: { type, metadata }, bytesLeft }: ReadEvent,
  topic: string,
): void {
  const faultKey = `schema version ${type}`;
  if (bytesLeft > 0) {
    const reason = `${bytesLeft} bytes after the end of the event were ignored, and the event was delivered to its handlers. It may come from a newer openedx-events release: install a newer version of this package`;
    const place = { topic, eventType: type, eventId: metadata.id };
    status.fault(faultKey, new UnsupportedSchemaError(reason, place));
    partlyRead.add(type);
  } else if (partlyRead.delete(type)) {
    status.heal(faultKey);
  }
}
