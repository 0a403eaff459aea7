import { SCHEMA_HISTORY } from '../../codec/history/schema-history.js';
import { schemaOf } from '../../codec/avro/avro-schema.js';
import { platformTopicsOf } from '../../consuming/handlers/handler-registry.js';
import { outsideText, shownName } from '../../errors/outside-text.js';
import { UnserializableEventError } from '../../errors/index.js';
import { EVENT_DOCS } from '../../events/catalog/event-docs.js';
import { OPEN_EDX_EVENTS, OPENEDX_EVENTS_RELEASE } from '../../events/catalog/open-edx-events.js';
import { isWildcard, matchesPattern } from '../../events/event-catalog.js';
import type { EventDefinition } from '../../events/event-definition.js';
import { compareReleases, parseRelease } from '../../events/event-metadata.js';
import { type Command, textOf, UsageError } from '../command.js';
import { fieldTreeOf, type FieldTree, treeLines } from '../event-tree.js';
import type { Answer } from '../output/answers.js';
import { aligned } from '../output/readable.js';
import type { Style } from '../output/style.js';
import { eventTypeAdvice } from '../suggestions.js';

/** Lists the events that the bus knows: type, fields, topics, and the release that introduced them. */
export const events: Command = {
  name: 'events',
  summary: 'List the events, or show one, with fields, topics and release',
  description:
    'Shows the type of each event, its fields as a tree, the topics to which Open edX sends it by default, and the ' +
    'openedx-events release that introduced it. In the tree "= value" marks a field that may be left out, with its ' +
    'default. In a script of your application the events of the application are listed too.',
  arguments: [
    {
      name: 'type',
      description:
        'an event type, or a pattern such as "org.openedx.learning.*" (default: all events)',
      value: 'eventType',
    },
  ],
  options: [
    { flags: '--short', description: 'one line for each event, without fields', default: 'off' },
  ],
  examples: [
    { line: 'events --short', does: 'which events are there?' },
    {
      line: 'events org.openedx.learning.certificate.created.v1',
      does: 'what is in an event?',
    },
  ],
  async run(values, io, host) {
    const catalog = await host.catalog();
    const wanted = textOf(values, 'type');
    const found = catalog.all().filter(({ type }) => wanted === undefined || isMeant(wanted, type));
    if (found.length === 0) {
      const meant = eventTypeAdvice(catalog)(wanted!);
      throw new UsageError(
        isWildcard(wanted!)
          ? `No event type matches ${shownName(wanted!)}.`
          : `Unknown event type ${shownName(wanted!)}.${meant}`,
        'events',
      );
    }
    const described = found.map(describe);
    if (values['short'] === true && io.answers.forPeople) {
      await io.answers.write({ json: undefined, text: (style) => shortList(described, style) });
      return 0;
    }
    for (const event of described) {
      io.signal.throwIfAborted();
      await io.answers.write(
        values['short'] === true ? short(event) : whole(event, found.length > 1),
      );
    }
    return 0;
  },
};

/** `org.openedx.` may be left out, as it is in the lines of consume-events. */
function isMeant(wanted: string, type: string): boolean {
  return (
    matchesPattern(wanted, type) ||
    (wanted !== '*' && matchesPattern(`org.openedx.${wanted}`, type))
  );
}

interface DescribedEvent {
  readonly type: string;
  readonly doc: string | undefined;
  readonly minorVersion: number;
  /** undefined: an event of the application. */
  readonly since: Since | undefined;
  readonly topics: readonly string[];
  readonly keyField: string | undefined;
  /** Why the event cannot be sent; undefined: it can. */
  readonly cannotBeSent: string | undefined;
  readonly fields: readonly FieldTree[];
}

interface Since {
  /** null: not known. */
  readonly release: string | null;
  readonly text: string;
}

function describe(definition: EventDefinition): DescribedEvent {
  const { type, minorVersion } = definition;
  const isOwn = !OPEN_EDX_EVENTS.includes(definition);
  const docs = isOwn || !Object.hasOwn(EVENT_DOCS, type) ? undefined : EVENT_DOCS[type];
  return {
    type,
    doc: docs?.doc,
    minorVersion,
    since: isOwn ? undefined : sinceOf(type),
    topics: platformTopicsOf(type),
    keyField: docs?.keyField,
    cannotBeSent: problemOf(definition),
    fields: fieldTreeOf(definition),
  };
}

function problemOf(definition: EventDefinition): string | undefined {
  try {
    schemaOf(definition);
    return undefined;
  } catch (error) {
    if (error instanceof UnserializableEventError) return error.message;
    throw error;
  }
}

/** The history of schemas begins with the oldest release that has today's way of writing them. */
const OLDEST_KNOWN = Object.values(SCHEMA_HISTORY)
  .map(([first]) => first![0])
  .reduce((oldest, one) =>
    compareReleases(parseRelease(one)!, parseRelease(oldest)!) < 0 ? one : oldest,
  );

function sinceOf(type: string): Since {
  const [first] = Object.hasOwn(SCHEMA_HISTORY, type) ? SCHEMA_HISTORY[type]! : [];
  if (first === undefined)
    return {
      release: null,
      text: `present in openedx-events ${OPENEDX_EVENTS_RELEASE}; the release that introduced it is not known`,
    };
  return first[0] === OLDEST_KNOWN
    ? {
        release: OLDEST_KNOWN,
        text: `present in openedx-events ${OLDEST_KNOWN}, the oldest release whose schemas are known`,
      }
    : { release: first[0], text: `since openedx-events ${first[0]}` };
}

function jsonOf({ since, ...event }: DescribedEvent): Record<string, unknown> {
  return {
    event_type: event.type,
    ...(event.doc === undefined ? {} : { doc: event.doc }),
    minorversion: event.minorVersion,
    since: since?.release ?? null,
    since_text: since?.text ?? 'an event of this application',
    topics: event.topics,
    key_field: event.keyField ?? null,
    can_be_sent: event.cannotBeSent === undefined,
  };
}

function short(event: DescribedEvent): Answer {
  return { json: jsonOf(event), text: (style) => shortList([event], style) };
}

function shortList(all: readonly DescribedEvent[], style: Style): string {
  const rows = all.map(({ type, since, topics, cannotBeSent }) => [
    style.cyan(outsideText(type)),
    since === undefined ? 'own' : (since.release ?? '?'),
    cannotBeSent === undefined ? topics.join(', ') : style.yellow('cannot be sent'),
  ]);
  const titles = ['TYPE', 'SINCE', 'TOPICS'].map(style.bold);
  return aligned([titles, ...rows]).join('\n');
}

function whole(event: DescribedEvent, isOneOfMany: boolean): Answer {
  return {
    json: { ...jsonOf(event), fields: event.fields },
    text: (style) => {
      const { type, doc, since, topics, keyField, cannotBeSent } = event;
      const about = [
        ['since', since?.text ?? 'an event of this application'],
        ['topics', topics.join(', ') || 'none by default'],
        ...(keyField === undefined ? [] : [['key field', keyField]]),
        ...(cannotBeSent === undefined
          ? []
          : [['warning', style.yellow(outsideText(cannotBeSent, 500))]]),
      ];
      return [
        style.bold(style.cyan(outsideText(type))),
        ...(doc === undefined ? [] : [`  ${outsideText(doc, 1_000)}`]),
        ...aligned(about.map(([name, text]) => [style.dim(name!), text!])).map(
          (line) => `  ${line}`,
        ),
        ...treeLines(event.fields, style).map((line) => `  ${line}`),
        ...(isOneOfMany ? [''] : []),
      ].join('\n');
    },
  };
}
