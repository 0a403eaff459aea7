import { readdirSync, readFileSync } from 'node:fs';

export interface WrittenBody {
  readonly event_type: string;
  readonly name: string;
  readonly body_hex: string;
  readonly avro_record: any;
  readonly resolved?: unknown;
  readonly resolve_error?: string;
}
export interface ReadBody {
  readonly event_type: string;
  readonly input: any;
  readonly body_hex: string;
  readonly decoded: any;
}
/** What a release of openedx-events wrote and read: data/history/README.md. */
export interface RecordedRelease {
  readonly openedx_events: string;
  readonly schemas: Readonly<Record<string, string>>;
  readonly written: readonly WrittenBody[];
  readonly read: readonly ReadBody[];
}

const DATA = new URL('./data/history/', import.meta.url);
export const RECORDED_RELEASES: readonly RecordedRelease[] = readdirSync(DATA)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(new URL(file, DATA), 'utf8')));

/** What a Python reader of today lacks a default for in its schema, and has one in its class. */
const PYTHON_DEFAULTS: Record<string, (record: any) => any> = {
  background: ({ library_collection: { collection_key } }) => ({
    library_collection: { collection_key, background: false },
  }),
  enabled: ({ configuration }) => ({ configuration: { ...configuration, enabled: true } }),
};

/** Before 10.0.0 two fields were plain strings, in which a slug could stand where today is a key. */
export function keyThatIsNone({ library_collection, library_container }: any): string | undefined {
  if (library_collection && !library_collection.collection_key.startsWith('lib-collection:'))
    return 'collection_key';
  if (library_container && !library_container.container_key.startsWith('lct:'))
    return 'container_key';
  return undefined;
}

/** The data that a reader of today makes of a body, all keys being keys. */
export function dataToday(written: Omit<WrittenBody, 'event_type' | 'body_hex' | 'name'>): unknown {
  const lacking = /for field (\w+)/.exec(written.resolve_error ?? '')?.[1];
  return lacking ? PYTHON_DEFAULTS[lacking]!(written.avro_record) : written.resolved;
}
