import type { IncomingRecord, OutgoingRecord } from '../../transport/transport.interface.js';
import type { PreparedEvent, WireFormat } from '../../transport/wire-format.interface.js';

/** An extra attribute, which every wire format must carry, names the record. */
const ID_ATTRIBUTE = 'conformance-id';

export const EVENT_TYPE = 'org.openedx.learning.auth.session.login.completed.v1';
const SCHEMA =
  '{"name": "CloudEvent", "type": "record", "fields": [{"name": "text", "type": "string"}]}';

export interface RecordOptions {
  readonly key?: string;
  readonly time?: string;
  /** Bytes of text in the body. */
  readonly size?: number;
}

/** An event whose extra attribute holds the id. Its metadata id is made of the id's digits. */
export function numberedEvent(
  id: string,
  topic: string,
  options: RecordOptions = {},
): PreparedEvent {
  const text = Buffer.concat([Buffer.from(`${id} é\0 `), Buffer.alloc(options.size ?? 0, 'x')]);
  const digits = Buffer.from(id).toString('hex').padStart(12, '0').slice(-12);
  return {
    type: EVENT_TYPE,
    topic,
    metadata: {
      type: EVENT_TYPE,
      id: `5c0ffee0-0000-4000-8000-${digits}`,
      minorversion: 0,
      source: 'openedx/conformance/web',
      sourcehost: 'conformance.example.org',
      time: options.time ?? '2024-05-07T08:09:10.123456+00:00',
      sourcelib: [11, 2, 0],
    },
    key:
      options.key === undefined
        ? null
        : { value: options.key, schema: '{"name": "key", "type": "string"}' },
    body: Buffer.concat([avroLength(text.length), text]),
    schema: SCHEMA,
    attributes: [[ID_ATTRIBUTE, Buffer.from(id)]],
  };
}

export async function numberedRecord(
  wire: WireFormat,
  id: string,
  topic: string,
  deadline: number,
  options: RecordOptions = {},
): Promise<OutgoingRecord> {
  return wire.toRecord(numberedEvent(id, topic, options), topic, deadline);
}

export function idOf(record: IncomingRecord): string {
  const named = record.attributes.findLast(([name]) => name === ID_ATTRIBUTE);
  return Buffer.from(named?.[1] ?? []).toString();
}

/** Ids that sort as they count: `001` to `100`. */
export function ids(count: number, prefix = ''): string[] {
  const width = String(count).length;
  return Array.from({ length: count }, (_, i) => prefix + String(i + 1).padStart(width, '0'));
}

function avroLength(length: number): Buffer {
  const bytes: number[] = [];
  let rest = length * 2;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return Buffer.from([...bytes, rest]);
}
