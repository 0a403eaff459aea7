import { readFileSync } from 'node:fs';
import avro from 'avsc';
import { codecFor } from '../../../lib/codec/event-codec.js';
import { earlierDefinition } from '../../../lib/codec/history/schema-notation.js';
import { EventCatalog } from '../../../lib/events/event-catalog.js';
import type { EventDefinition } from '../../../lib/events/event-definition.js';
import { compareReleases, parseRelease, type Release } from '../../../lib/events/event-metadata.js';
import { avscOf } from './avsc-oracle.js';

const read = (name: string) => JSON.parse(readFileSync(`tools/catalog/${name}`, 'utf8'));

export interface RecordedLayout {
  readonly from: string;
  readonly sha256: string;
  readonly layout: string;
}
export const recorded: {
  readonly releases: readonly string[];
  readonly events: Readonly<Record<string, readonly RecordedLayout[]>>;
} = read('history.json');
export const catalogFacts = read('catalog.json');

export const release = (text: string): Release => parseRelease(text)!;
export const since = (a: string, b: string): boolean =>
  compareReleases(release(a), release(b)) >= 0;

const catalog = EventCatalog.openEdx();

/** Every event with every layout that it had. */
export const layouts = Object.entries(recorded.events).flatMap(([type, known]) =>
  known.map((layout, at) => ({
    ...layout,
    type,
    definition: catalog.require(type),
    isCurrent: at === known.length - 1,
    next: known[at + 1],
    releases: recorded.releases.filter(
      (name) => since(name, layout.from) && !(known[at + 1] && since(name, known[at + 1]!.from)),
    ),
  })),
);
export type LayoutOfEvent = (typeof layouts)[number];

/** Every change of a layout, named for a test. */
export const changes = layouts
  .filter(({ isCurrent }) => !isCurrent)
  .map((old): [string, LayoutOfEvent] => [
    `${old.releases.at(-1)} -> ${old.next!.from} ${old.type.replace('org.openedx.', '')}`,
    old,
  ]);

/**
 * The definition that the layout belonged to, for random data: with a key in every string that has to be
 * one today.
 */
export const definitionThen = ({
  definition,
  layout,
  isCurrent,
}: LayoutOfEvent): EventDefinition =>
  isCurrent
    ? definition
    : earlierDefinition(definition, layout.replace(/(?<=[:?[{])string\b/g, 'text'));

/** One value for each key, made at the first call. */
export function kept<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key)!;
  };
}

/** avsc with the layout as writer. */
export const writerOf = kept((old: LayoutOfEvent): avro.Type =>
  avscOf(codecFor(definitionThen(old)).schema),
);

/** avsc with the schema of today, in which the defaults of the Python classes stand as Avro defaults. */
export const readerOf = kept(({ definition }: LayoutOfEvent): avro.Type => {
  const schema = JSON.parse(codecFor(definition).schema);
  const classes: Record<string, any> = {};
  for (const [name, facts] of Object.entries<any>(catalogFacts.classes))
    if (!name.includes('content_authoring') || definition.type.includes('content_authoring'))
      classes[name.split('.').at(-1)!] = facts;
  const addDefaults = (type: any): void => {
    if (Array.isArray(type)) type.forEach(addDefaults);
    else if (type?.type === 'array') addDefaults(type.items);
    else if (type?.type === 'map') addDefaults(type.values);
    else if (type?.type === 'record')
      for (const field of type.fields) {
        const facts = classes[type.name]?.fields[field.name];
        if (facts && 'default' in facts && facts.default !== null) field.default = facts.default;
        addDefaults(field.type);
      }
  };
  addDefaults(schema);
  return avscOf(JSON.stringify(schema));
});
