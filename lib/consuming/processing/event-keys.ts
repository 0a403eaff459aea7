import { decodeUtf8 } from '../../common/bytes.js';
import { keyFieldOf, type KeyField } from '../../codec/key-field.js';
import type { EventBusSettings } from '../../settings/event-bus-settings.js';
import type { IncomingRecord } from '../../transport/transport.interface.js';
import type { WireFormat } from '../../transport/wire-format.interface.js';
import type { ReadEvent } from './event-decoder.js';

type KeySettings = Pick<EventBusSettings, 'keyFields' | 'producerConfig'>;

/** Finds the key of a received event: by it, lanes keep the order of what belongs together. */
export class EventKeys {
  private readonly fields = new Map<string, KeyField | undefined>();

  constructor(
    private readonly settings: KeySettings,
    private readonly wire: Pick<WireFormat, 'keyText'>,
  ) {}

  /**
   * The wire key, else the value of the event's key field (option `keyFields` by full topic, else the
   * route of the event and topic), as text; null where there is none. A wire key that the wire format
   * finds no text in counts only where there is no such field. `data` is that of the event.
   */
  keyOf(event: ReadEvent, record: IncomingRecord, data: () => unknown): string | null {
    if (record.key && !this.wire.keyText) return bytesText(record.key);
    const text = record.key && this.wire.keyText?.(record.key);
    return (
      text ?? this.fieldText(event, record, data) ?? (record.key ? bytesText(record.key) : null)
    );
  }

  private fieldText(event: ReadEvent, record: IncomingRecord, data: () => unknown): string | null {
    const field = this.fieldOf(event, record.topic);
    const value = field?.read(data());
    switch (typeof value) {
      case 'string':
        return value;
      case 'number':
      case 'bigint':
      case 'boolean':
        return String(value);
      default:
        return value instanceof Uint8Array ? bytesText(value) : null;
    }
  }

  private fieldOf(event: ReadEvent, fullTopic: string): KeyField | undefined {
    const cacheKey = `${event.received.type}\n${fullTopic}`;
    if (this.fields.has(cacheKey)) return this.fields.get(cacheKey);
    const path =
      memberOf(this.settings.keyFields, fullTopic) ??
      memberOf(memberOf(this.settings.producerConfig, event.received.type), event.topic)
        ?.event_key_field;
    const field = path === undefined ? undefined : keyFieldOf(event.codec.definition, path);
    this.fields.set(cacheKey, field);
    return field;
  }
}

/** Types and topics come from outside, and may be called as what every object inherits. */
function memberOf<T>(of: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return of && Object.hasOwn(of, name) ? of[name] : undefined;
}

/** UTF-8 text where the bytes are that, else hex. */
function bytesText(bytes: Uint8Array): string {
  return decodeUtf8(bytes) ?? Buffer.from(bytes).toString('hex');
}

/** The lane of a record: its wire key byte for byte, else the event's key, else the source's own lane. */
export function laneOf(record: IncomingRecord, key: string | null): string {
  if (record.key) return `wire:${Buffer.from(record.key).toString('latin1')}`;
  return key === null ? 'source' : `key:${key}`;
}
