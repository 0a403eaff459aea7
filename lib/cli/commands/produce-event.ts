import { readFile } from 'node:fs/promises';
import { parseTagged } from '../../codec/tagged-json.js';
import { OPENEDX_EVENTS_RELEASE, OPEN_EDX_EVENTS } from '../../events/catalog/open-edx-events.js';
import { InvalidMetadataError, UnknownEventError } from '../../errors/index.js';
import type { EventMetadataInput } from '../../events/event-metadata.js';
import type {
  AnyEvent,
  EventBusProducer,
  SendOptions,
} from '../../producing/event-bus-producer.js';
import type { RecordPosition } from '../../transport/transport.interface.js';
import { type CommandIo, inputLines, utf8TextOf } from '../cli-io.js';
import {
  type Command,
  type CommandValues,
  integerOf,
  requiredText,
  textOf,
  UsageError,
} from '../command.js';
import { failed, messageOf } from '../error-answer.js';
import { type Answer, OrderedAnswers } from '../output/answers.js';
import { isTerminal } from '../output/style.js';
import { positionText } from '../record-printer.js';
import {
  didYouMean,
  eventTypeAdvice,
  fieldPathAdvice,
  warnOfUnknownTopic,
} from '../suggestions.js';
import { keyFieldOf } from '../../codec/key-field.js';
import { outsideText, shownName } from '../../errors/outside-text.js';
import * as analytics from '../../events/catalog/analytics.js';
import * as authz from '../../events/catalog/authz.js';
import * as contentAuthoring from '../../events/catalog/content-authoring.js';
import * as enterprise from '../../events/catalog/enterprise.js';
import * as learning from '../../events/catalog/learning.js';
import type { EventCatalog } from '../../events/event-catalog.js';
import type { EventDefinition } from '../../events/event-definition.js';

/** Sends events: one answer each, in order. Exit code 1 when one of them was rejected. */
export const produceEvent: Command = {
  name: 'produce-event',
  summary: 'Send one event, or one for each line of standard input',
  description:
    'Prints where each event was stored, or why it was not sent. The data may hold {"$long": "…"}, {"$float": "NaN"} ' +
    'and {"$bytes": "00ff"} for values that JSON cannot represent.',
  options: [
    {
      flags: '--type <type>',
      description: 'event type; see the command events',
      default: 'required, unless --signal is given',
      value: 'eventType',
    },
    {
      flags: '--signal <path>',
      description: 'instead of --type, the signal as Python names it',
      default: 'not set',
      value: 'signal',
    },
    {
      flags: '--topic <topic>',
      description: 'topic, without the environment prefix',
      default: 'required',
      value: 'topic',
    },
    {
      flags: '--data <json>',
      description: 'data of the event as JSON; - reads one event for each line of standard input',
      default: 'required, unless --data-file is given',
    },
    {
      flags: '--data-file <file>',
      description: 'file that holds the data of the event as JSON',
      default: 'not set',
      value: 'file',
    },
    {
      flags: '--key-field <path>',
      description: 'dotted path of the field that becomes the key',
      default: 'the event_key_field of the topic in EVENT_BUS_PRODUCER_CONFIG',
    },
    { flags: '--count <count>', description: 'number of times to send the event', default: '1' },
    { flags: '--id <uuid>', description: 'id of the event', default: 'a new UUID' },
    { flags: '--time <time>', description: 'time of the event, ISO 8601 in UTC', default: 'now' },
    {
      flags: '--source <source>',
      description: 'source in the metadata',
      default: 'openedx/SERVICE/web',
    },
    {
      flags: '--sourcehost <host>',
      description: 'sourcehost in the metadata',
      default: 'the host name',
    },
    {
      flags: '--sourcelib <version>',
      description: 'sourcelib in the metadata',
      default: OPENEDX_EVENTS_RELEASE,
    },
    {
      flags: '--minorversion <number>',
      description: 'minorversion in the metadata',
      default: 'the minor version in the event definition',
    },
  ],
  examples: [
    {
      line: `produce-event --type org.openedx.enterprise.subsidy.redeemed.v1 --topic subsidies --data '{"redemption": {"subsidy_identifier": "s1", "content_key": "c1", "lms_user_id": 7}}'`,
      does: 'send one event',
    },
    {
      line: 'produce-event --signal openedx_events.enterprise.signals.SUBSIDY_REDEEMED --topic subsidies --data - < events.jsonl',
      does: 'send one for each line of a file',
    },
  ],
  async run(values, io, host) {
    const type = typeNamed(values);
    const options: SendOptions = {
      topic: requiredText(values, 'topic'),
      ...(values['key-field'] === undefined ? {} : { keyField: requiredText(values, 'key-field') }),
      metadata: metadataOf(values),
    };
    const count = integerOf(values, 'count', 1) ?? 1;
    if (values['id'] !== undefined && count > 1)
      throw new UsageError(
        '--id cannot be combined with a --count above 1: each event needs an id of its own.',
      );
    const texts = await dataTexts(values, io);

    const producer = await host.producer(options.topic!);
    await warnOfUnknownTopic(options.topic!, io, host);
    const catalog = await host.catalog();
    warnOfKeyField(type, options.keyField, catalog, io);
    const sender = {
      producer,
      textOf: positionText(await host.capabilities()),
      type,
      options,
      advice: eventTypeAdvice(catalog),
    };
    const progress = io.progress({
      unit: 'events',
      total: values['data'] === '-' ? undefined : count,
    });
    const answers = new OrderedAnswers(io.answers, () => progress.advance());
    let sentWithId = false;
    try {
      for await (const text of texts) {
        for (let i = 0; i < count && !io.signal.aborted; i++) {
          const again = sentWithId && values['id'] !== undefined;
          sentWithId = true;
          await answers.add(
            again
              ? Promise.resolve(failed(idAgain(), { eventType: type, topic: options.topic! }))
              : answerTo(sender, text),
          );
        }
      }
      await answers.end();
    } finally {
      progress.end();
    }
    return answers.errors > 0 || io.signal.aborted ? 1 : 0;
  },
};

/** Of `--type`, or of `--signal` as in the Python command. */
function typeNamed(values: CommandValues): string {
  const path = textOf(values, 'signal');
  if (path === undefined) return requiredText(values, 'type');
  if (values['type'] !== undefined)
    throw new UsageError('Specify exactly one of --type and --signal.');
  const event = eventOfSignal(path);
  if (!event)
    throw new UsageError(
      `--signal must be the path of a signal of openedx-events ${OPENEDX_EVENTS_RELEASE}, such as openedx_events.learning.signals.COURSE_ENROLLMENT_CREATED.${didYouMean(path, signalPaths())} For an event of your own use --type.`,
    );
  return event.type;
}

/** A key field that cannot be one is rejected where records have keys, and only changes their order elsewhere. */
function warnOfKeyField(
  type: string,
  keyField: string | undefined,
  catalog: EventCatalog,
  { logger }: CommandIo,
): void {
  const definition = catalog.get(type);
  if (!definition || keyField === undefined) return;
  const { problem } = keyFieldOf(definition, keyField);
  if (problem === null) return;
  const meant = fieldPathAdvice(keyField, definition);
  logger.warn(
    `--key-field ${shownName(keyField)} cannot be the key of ${type}: ${problem}.${meant} On Kafka the event is not sent; on other transports it is sent without a key.`,
  );
}

interface Sender {
  readonly producer: EventBusProducer;
  readonly textOf: (position: RecordPosition) => string;
  readonly type: string;
  readonly options: SendOptions;
  readonly advice: (type: string) => string;
}

async function answerTo(
  { producer, textOf, type, options, advice }: Sender,
  text: string | undefined,
): Promise<Answer> {
  try {
    if (text === undefined) throw new UsageError('the line is not UTF-8');
    const send = producer.send.bind(producer) as (
      event: AnyEvent,
      data: unknown,
      options: SendOptions,
    ) => ReturnType<EventBusProducer['send']>;
    const { id, receipts } = await send(type, parseTagged(text), options);
    const stored = receipts[0]?.position;
    const position = stored ? textOf(stored) : null;
    const topic = options.topic!;
    return {
      json: { event_type: type, topic, id, position },
      text: (style) =>
        [
          style.green('sent'),
          ...(position === null ? [] : [position]),
          style.cyan(outsideText(type)),
          `to ${shownName(topic)}`,
          style.dim(`id=${id}`),
        ].join('  '),
    };
  } catch (error) {
    const more = error instanceof UnknownEventError ? advice(type) : '';
    return failed(error, { eventType: type, topic: options.topic! }, more);
  }
}

async function dataTexts(
  values: CommandValues,
  io: CommandIo,
): Promise<AsyncIterable<string | undefined> | Iterable<string>> {
  const data = textOf(values, 'data');
  const file = textOf(values, 'data-file');
  if ((data === undefined) === (file === undefined))
    throw new UsageError('Specify exactly one of --data and --data-file.');
  if (data === '-') {
    if (isTerminal(io.stdin))
      io.logger.hint('Reading JSON lines from the terminal. End them with Ctrl-D.');
    return inputLines(io);
  }
  if (data !== undefined) return [data];
  return [textIn(await bytesIn(file!))];
}

async function bytesIn(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new UsageError(`The file of --data-file cannot be read: ${messageOf(error)}`);
  }
}

function textIn(bytes: Buffer): string {
  const text = utf8TextOf(bytes);
  if (text === undefined) throw new UsageError('The file of --data-file is not UTF-8.');
  return text;
}

function metadataOf(values: CommandValues): EventMetadataInput {
  const sourcelib = textOf(values, 'sourcelib');
  if (sourcelib !== undefined && !/^\d+(\.\d+)*$/.test(sourcelib))
    throw new UsageError('--sourcelib must be a version such as 9.14.0.');
  return {
    id: textOf(values, 'id'),
    time: textOf(values, 'time'),
    source: textOf(values, 'source'),
    sourcehost: textOf(values, 'sourcehost'),
    minorversion: integerOf(values, 'minorversion', 0),
    sourcelib: sourcelib?.split('.').map(Number),
  };
}

function idAgain(): InvalidMetadataError {
  return new InvalidMetadataError(
    'id',
    '--id can only be used with a single event; this line was not sent',
  );
}

const MODULES: ReadonlyMap<string, Readonly<Record<string, unknown>>> = new Map<string, object>([
  ['analytics', analytics],
  ['authz', authz],
  ['content_authoring', contentAuthoring],
  ['enterprise', enterprise],
  ['learning', learning],
]) as ReadonlyMap<string, Readonly<Record<string, unknown>>>;

/** The event of a signal by its path in Python, such as `openedx_events.learning.signals.COURSE_ENROLLMENT_CREATED`. */
function eventOfSignal(path: string): EventDefinition | undefined {
  const [, room = '', name = ''] = /^openedx_events\.(\w+)\.signals\.(\w+)$/.exec(path) ?? [];
  const module = MODULES.get(room);
  const found = module && Object.hasOwn(module, name) ? module[name] : undefined;
  return OPEN_EDX_EVENTS.find((event) => event === found);
}

/** The paths in Python of all signals. */
export function signalPaths(): readonly string[] {
  return [...MODULES].flatMap(([room, module]) =>
    Object.entries(module)
      .filter(([, value]) => OPEN_EDX_EVENTS.some((event) => event === value))
      .map(([name]) => `openedx_events.${room}.signals.${name}`),
  );
}
