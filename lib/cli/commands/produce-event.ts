import { readFile } from 'node:fs/promises';
import { parseTagged } from '../../codec/tagged-json.js';
import { OPENEDX_EVENTS_RELEASE, OPEN_EDX_EVENTS } from '../../events/catalog/open-edx-events.js';
import { InvalidMetadataError } from '../../errors/index.js';
import type { EventMetadataInput } from '../../events/event-metadata.js';
import type {
  AnyEvent,
  EventBusProducer,
  SendOptions,
} from '../../producing/event-bus-producer.js';
import type { RecordPosition } from '../../transport/transport.interface.js';
import { type CliIo, inputLines, utf8TextOf } from '../cli-io.js';
import {
  type Command,
  type CommandValues,
  integerOf,
  requiredText,
  textOf,
  UsageError,
} from '../command.js';
import { errorAnswer, messageOf, OrderedAnswers } from '../error-answer.js';
import { positionText } from '../record-printer.js';
import * as analytics from '../../events/catalog/analytics.js';
import * as authz from '../../events/catalog/authz.js';
import * as contentAuthoring from '../../events/catalog/content-authoring.js';
import * as enterprise from '../../events/catalog/enterprise.js';
import * as learning from '../../events/catalog/learning.js';
import type { EventDefinition } from '../../events/event-definition.js';

/** Sends events: one answer line each, in order. Exit code 1 when one of them was rejected. */
export const produceEvent: Command = {
  name: 'produce-event',
  usage:
    'produce-event (--type T | --signal openedx_events.AREA.signals.NAME) --topic TOPIC [--key-field PATH] (--data JSON | --data-file F | --data -)\n' +
    '    [--count N] [--id UUID] [--time ISO] [--source S] [--sourcehost H] [--sourcelib 1.2.3] [--minorversion N]',
  summary: 'Send events; --data - reads JSON lines from standard input',
  options: {
    type: { type: 'string' },
    signal: { type: 'string' },
    topic: { type: 'string' },
    'key-field': { type: 'string' },
    data: { type: 'string' },
    'data-file': { type: 'string' },
    count: { type: 'string' },
    id: { type: 'string' },
    time: { type: 'string' },
    source: { type: 'string' },
    sourcehost: { type: 'string' },
    sourcelib: { type: 'string' },
    minorversion: { type: 'string' },
  },
  async run(values, io, host) {
    const type = typeNamed(values);
    const options: SendOptions = {
      topic: requiredText(values, 'topic'),
      ...(values['key-field'] === undefined ? {} : { keyField: requiredText(values, 'key-field') }),
      metadata: metadataOf(values),
    };
    const count = integerOf(values, 'count', 1) ?? 1;
    if (values['id'] !== undefined && count > 1)
      throw new UsageError('--id with --count above 1 would send different events with one id');
    const texts = await dataTexts(values, io);

    const sender = {
      producer: await host.producer(options.topic!),
      textOf: positionText(await host.capabilities()),
      type,
      options,
    };
    const answers = new OrderedAnswers(io.stdout);
    let sentWithId = false;
    for await (const text of texts) {
      for (let i = 0; i < count && !io.signal.aborted; i++) {
        const again = sentWithId && values['id'] !== undefined;
        sentWithId = true;
        await answers.add(
          again
            ? Promise.resolve(errorAnswer(idAgain(), { eventType: type, topic: options.topic! }))
            : answerTo(sender, text),
        );
      }
    }
    await answers.end();
    return answers.errors > 0 || io.signal.aborted ? 1 : 0;
  },
};

/** Of `--type`, or of `--signal` as in Python's command. */
function typeNamed(values: CommandValues): string {
  const path = textOf(values, 'signal');
  if (path === undefined) return requiredText(values, 'type');
  if (values['type'] !== undefined) throw new UsageError('give one of --type and --signal');
  const event = eventOfSignal(path);
  if (!event)
    throw new UsageError(
      `--signal takes the path of a signal of openedx-events ${OPENEDX_EVENTS_RELEASE}, such as openedx_events.learning.signals.COURSE_ENROLLMENT_CREATED; for an event of your own use --type`,
    );
  return event.type;
}

interface Sender {
  readonly producer: EventBusProducer;
  readonly textOf: (position: RecordPosition) => string;
  readonly type: string;
  readonly options: SendOptions;
}

async function answerTo(
  { producer, textOf, type, options }: Sender,
  text: string | undefined,
): Promise<unknown> {
  try {
    if (text === undefined) throw new UsageError('the line is not UTF-8');
    const send = producer.send.bind(producer) as (
      event: AnyEvent,
      data: unknown,
      options: SendOptions,
    ) => ReturnType<EventBusProducer['send']>;
    const { id, receipts } = await send(type, parseTagged(text), options);
    const position = receipts[0]?.position;
    return {
      event_type: type,
      topic: options.topic,
      id,
      position: position ? textOf(position) : null,
    };
  } catch (error) {
    return errorAnswer(error, { eventType: type, topic: options.topic! });
  }
}

async function dataTexts(
  values: CommandValues,
  io: CliIo,
): Promise<AsyncIterable<string | undefined> | Iterable<string>> {
  const data = textOf(values, 'data');
  const file = textOf(values, 'data-file');
  if ((data === undefined) === (file === undefined))
    throw new UsageError('give one of --data and --data-file');
  if (data === '-') return inputLines(io);
  if (data !== undefined) return [data];
  return [textIn(await bytesIn(file!))];
}

async function bytesIn(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new UsageError(`--data-file cannot be read: ${messageOf(error)}`);
  }
}

function textIn(bytes: Buffer): string {
  const text = utf8TextOf(bytes);
  if (text === undefined) throw new UsageError('the file of --data-file is not UTF-8');
  return text;
}

function metadataOf(values: CommandValues): EventMetadataInput {
  const sourcelib = textOf(values, 'sourcelib');
  if (sourcelib !== undefined && !/^\d+(\.\d+)*$/.test(sourcelib))
    throw new UsageError('--sourcelib takes whole numbers joined by dots');
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
  return new InvalidMetadataError('id', 'was used for the first line already; nothing was sent');
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
