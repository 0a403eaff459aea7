import { readdirSync, readFileSync } from 'node:fs';
import { parseTagged } from '../../lib/codec/tagged-json.js';

const DATA = new URL('./data/', import.meta.url);

export type Described = Record<string, any>;

/** A record as it came back from the broker. */
export interface KafkaRecord {
  topic: string;
  headers: { name: string; hex: string | null }[];
  key_field: string;
  key_hex: string;
  key_schema_id: number;
  value_hex: string;
  value_schema_id: number;
  metadata_read?: Record<string, unknown>;
}

export interface Sample {
  name: string;
  metadata: Record<string, unknown>;
  input: unknown;
  avro_record: unknown;
  body_hex: string;
  decoded: unknown;
  kafka: Partial<KafkaRecord> & { key_body_hex?: string; error?: object };
}

export interface EventVector {
  event_type: string;
  minor_version: number;
  init_data: Described;
  schema: string;
  value_registration: { subject: string; schema_id: number; schema_by_id: string };
  key_registration: {
    key_field: string;
    schema_sent: string;
    subject: string;
    schema_id: number;
    schema_by_id: string;
  };
  samples: Sample[];
}

export interface EdgeVector {
  file: string;
  kind: string;
  name: string;
  event_type: string;
  init_data?: Described;
  schema?: string;
  schema_error?: object;
  raw_input?: boolean;
  input?: unknown;
  avro_record?: unknown;
  body_hex?: string;
  encode_error?: object;
  decoded?: unknown;
  decode_error?: object;
  writer_schema?: string;
  key_field?: string;
  metadata?: Record<string, unknown>;
  kafka?: Partial<KafkaRecord> & { key_body_hex?: string; error?: object };
  registration?: { schema_sent: string; subject: string; schema_id: number };
}

const namesIn = (folder: string): string[] => readdirSync(new URL(`${folder}/`, DATA)).sort();
const read = (path: string): any => JSON.parse(readFileSync(new URL(path, DATA), 'utf8'));

export const eventVectors: readonly EventVector[] = namesIn('events').map((file) =>
  read(`events/${file}`),
);

export const edgeVectors = (kind: string): readonly EdgeVector[] =>
  namesIn('edges')
    .filter((file) => file.startsWith(`${kind}.`))
    .map((file) => ({ file, ...read(`edges/${file}`) }));

/** A value of a vector without its tags (`$long`, `$float`, `$bytes`). */
export const untagged = (value: unknown): any => parseTagged(JSON.stringify(value));
