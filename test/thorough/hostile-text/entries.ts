import 'reflect-metadata';
import { commandIo } from '../../../lib/cli/cli-io.js';
import { COMMANDS } from '../../../lib/cli/command-line.js';
import { readableData } from '../../../lib/cli/output/readable.js';
import { PLAIN } from '../../../lib/cli/output/style.js';
import { parseCommandLine } from '../../../lib/cli/program.js';
import { eventTypeAdvice } from '../../../lib/cli/suggestions.js';
import { answerLines, errorAnswer } from '../../../lib/cli/error-answer.js';
import { consumeExtraOf } from '../../../lib/cli/commands/consume-events.js';
import { decode, encode } from '../../../lib/cli/commands/encode-decode.js';
import { produceEvent } from '../../../lib/cli/commands/produce-event.js';
import { integerOf, secondsOf, type CliHost } from '../../../lib/cli/command.js';
import { replayOptionsOf } from '../../../lib/cli/replay/replay-plan.js';
import { codecFor } from '../../../lib/codec/event-codec.js';
import { parseSchema } from '../../../lib/codec/resolution/foreign-schema.js';
import { parseTagged } from '../../../lib/codec/tagged-json.js';
import { failureLine } from '../../../lib/consuming/processing/failure-policy.js';
import { nearMatches } from '../../../lib/common/names.js';
import {
  warnOfDefaults,
  warnOfUnknownType,
} from '../../../lib/consuming/processing/event-decoder.js';
import { decodeBody } from '../../../lib/consuming/processing/body-decoder.js';
import { EventBusError, UnusableRecordError } from '../../../lib/errors/index.js';
import { outsideText, shownName, shownValue } from '../../../lib/errors/outside-text.js';
import { messageOf } from '../../../lib/errors/foreign-error.js';
import { thrownText } from '../../../lib/errors/thrown-values.js';
import { EventCatalog, assertPattern, matchesPattern } from '../../../lib/events/event-catalog.js';
import * as keys from '../../../lib/events/keys/index.js';
import { makeMetadata } from '../../../lib/events/make-metadata.js';
import { parseWritableRelease } from '../../../lib/events/event-metadata.js';
import { canonicalDatetime, utcOffsetOf } from '../../../lib/events/text/datetime.js';
import { canonicalUuid, uuidV5 } from '../../../lib/events/text/uuid.js';
import { AuditLog } from '../../../lib/observability/audit-log.js';
import { LineLimiter } from '../../../lib/observability/line-limits.js';
import { StatusBoard } from '../../../lib/observability/status-board.js';
import { producerConfigProblems } from '../../../lib/settings/producer-config.js';
import { SettingReader } from '../../../lib/settings/setting-reader.js';
import { HealthBoard } from '../../../lib/transport/common/health-board.js';
import { serviceFault as kafkaFault } from '../../../lib/transport/kafka/kafka-errors.js';
import { kafkaSettings } from '../../../lib/transport/kafka/settings/kafka-settings.js';
import { answerOf, faultIn } from '../../../lib/transport/kafka/registry/registry-http.js';
import { registrySettings } from '../../../lib/transport/kafka/registry/registry-settings.js';
import { frame } from '../../../lib/transport/kafka/wire/confluent-frame.js';
import {
  HeaderReader,
  metadataHeaders,
} from '../../../lib/transport/kafka/wire/header-metadata.js';
import { keyText } from '../../../lib/transport/kafka/wire/kafka-wire-format.js';
import { keyBeside } from '../../../lib/transport/redis/connection/key-slot.js';
import { serviceFault as redisFault } from '../../../lib/transport/redis/client/redis-errors.js';
import { isStreamId } from '../../../lib/transport/redis/group/stream-group.js';
import { topicWithoutPrefix } from '../../../lib/transport/topic-prefix.js';
import type { Delivery } from '../../../lib/transport/transport.interface.js';
import { parseMetadataText } from '../../../lib/transport/wire/metadata-attributes.js';
import { StreamWireFormat } from '../../../lib/transport/wire/stream-wire-format.js';
import { HAPPENED, preparedEvent, recordOf } from '../../support/consuming-bus.js';
import { Readable, Writable } from 'node:stream';

/** A place where a text from outside comes in. */
export interface Entry {
  readonly name: string;
  /** A text that it takes: hostile texts are also put before it, behind it and into it. */
  readonly valid: string;
  run(text: string): unknown;
}

const entries: Entry[] = [];

/** One line makes an entry: what it throws does not matter, only how long it takes. */
function entry(name: string, valid: string, run: (text: string) => unknown): void {
  entries.push({ name, valid, run });
}

const { metadata } = preparedEvent(1);
const record = recordOf(1);
const codec = codecFor(HAPPENED);
const body = record.value!;
const position = { topic: 't', partition: '0', offset: '1-0' };
const delivery = { source: 's', record, position } as unknown as Delivery;
const nowhere = {
  log: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  debug: () => undefined,
};
const limiter = () => new LineLimiter(() => undefined);
const status = new StatusBoard('default');

entry('a UUID', '{urn:uuid:00000000-0000-1000-8000-000000000001}', canonicalUuid);
entry('a name of a UUID', 'name', (text) => uuidV5(metadata.id, text));
entry('a datetime', '2026-01-01T00:00:00.000001+00:00', canonicalDatetime);
entry('a datetime with a week', '2026-W01-1T00:00:00Z', utcOffsetOf);
entry('an integer', ' +1_000 ', (text) => parseMetadataText('minorversion', text));
entry('a sourcelib', '9.14.0', (text) => parseMetadataText('sourcelib', text));
entry('a release', '9.14.0', parseWritableRelease);
entry('a body of a release', '9.14.0', (text) =>
  decodeBody(codec, body, parseMetadataText('sourcelib', text), {}),
);

entry('a course key', 'course-v1:a+b+c', (text) => keys.CourseKey.is(text));
entry('an old course key', 'a/b/c', (text) => keys.CourseKey.is(text));
entry('a usage key', 'block-v1:a+b+c+type@d+block@e', (text) => keys.UsageKey.is(text));
entry('an old usage key', 'i4x://a/b/c/d', (text) => keys.UsageKey.is(text));
entry('a key of an aside', 'aside-usage-v1:block-v1:a+b+c+type@d+block@e::f', (text) =>
  keys.UsageKey.is(text),
);
entry('a key of an aside, version 2', 'aside-usage-v2:lb$:a:b:c:d::f', (text) =>
  keys.UsageKey.is(text),
);
entry('a CCX key', 'ccx-v1:a+b+c+ccx@1', (text) => keys.CcxKey.is(text));
entry('a library key', 'lib:a:b', (text) => keys.LibraryKey.is(text));
entry('a library usage key', 'lb:a:b:c:d', (text) => keys.LibraryUsageKey.is(text));
entry('a collection key', 'lib-collection:a:b:c', (text) => keys.LibraryCollectionKey.is(text));
entry('a container key', 'lct:a:b:c:d', (text) => keys.LibraryContainerKey.is(text));

entry('an event type', HAPPENED.type, (text) => matchesPattern('org.openedx.*', text));
entry('a pattern', 'org.openedx.*', (text) => {
  assertPattern(text);
  return matchesPattern(text, text);
});
entry('a misspelt pattern', HAPPENED.type, (text) => nearMatches(text, [HAPPENED.type]));
entry('a topic', 'prod-topic', (text) => topicWithoutPrefix('prod', text));
entry('a name of a stream', 'prod-{topic}', (text) => keyBeside(text, 'lease', 'group'));
entry('an id of an entry', '1526919030474-55', isStreamId);

const wire = new StreamWireFormat();
const fields = ['type', 'id', 'source', 'time', 'minorversion', 'sourcehost', 'sourcelib'] as const;
for (const field of fields) {
  const valid = String(metadata[field]);
  entry(`the field ${field} of a stream entry`, valid, (text) =>
    wire.fromRecord(
      {
        ...record,
        attributes: record.attributes.map(([name, value]) =>
          name === field ? ([name, Buffer.from(text)] as const) : ([name, value] as const),
        ),
      },
      position,
    ),
  );
  const header = {
    type: 'ce_type',
    id: 'ce_id',
    source: 'ce_source',
    time: 'ce_time',
    minorversion: 'ce_minorversion',
    sourcehost: 'sourcehost',
    sourcelib: 'sourcelib',
  }[field];
  entry(`the header ${header}`, valid, (text) =>
    new HeaderReader('service').read({
      ...record,
      attributes: metadataHeaders(metadata).map(([name, value]) =>
        name === header ? ([name, Buffer.from(text)] as const) : ([name, value] as const),
      ),
    }),
  );
}
entry('a repeated name of a field', 'field', (text) =>
  wire.fromRecord(
    { ...record, attributes: [...record.attributes, [text, null], [text, null]] },
    position,
  ),
);
entry('many fields of one name', 'field', (text) =>
  wire.fromRecord(
    {
      ...record,
      attributes: [
        ...record.attributes,
        ...Array.from({ length: text.length >> 4 }, () => ['f', null] as const),
      ],
    },
    position,
  ),
);
entry('a key of a Kafka record', 'key', (text) => keyText(frame(1, Buffer.from(text))));
entry('the schema of a writer', codec.schema, (text) => codec.decode(body, text));
entry('a name in the schema of a writer', 'CloudEvent', (text) =>
  codec.decode(
    body,
    codec.schema.replace('"CloudEvent"', () => JSON.stringify(text)),
  ),
);
entry('a namespace of many names in the schema of a writer', 'org.example', (text) => {
  const types = Array.from({ length: text.length / 40 }, (_, i) => ({
    name: 'f',
    type: { type: 'fixed', name: `F${i}`, size: 1 },
  }));
  return parseSchema(JSON.stringify({ type: 'record', name: 'R', namespace: text, fields: types }));
});
entry('a body', 'body', (text) => codec.decode(Buffer.from(text)));
entry('texts to encode', 'learner', (text) => codec.encode({ learner: text, n: 1 }));
entry('an unknown field to encode', 'learner', (text) =>
  codec.encode({ learner: '', n: 1, [text]: 1 }),
);
for (const field of ['id', 'source', 'time'] as const)
  entry(`the metadata ${field} given to send`, metadata[field], (text) =>
    makeMetadata(HAPPENED, { [field]: text }, { hostname: 'h' }),
  );

const noSetting = (): undefined => undefined;
entry('a registry URL', 'http://u:p@h:8081/apis/ccompat/v7', (text) =>
  registrySettings({ url: text }, noSetting, []),
);
entry('a path of a registry URL', '/apis/', (text) =>
  registrySettings({ url: `http://h/${text}x` }, noSetting, []),
);
entry('an answer of a registry', '{"error_code":40403,"message":"not found"}', (text) =>
  faultIn('http://h', answerOf(500, { text, whole: true }, text)),
);
entry('a message of a registry', 'not found', (text) =>
  faultIn(
    'http://h',
    answerOf(404, { text: JSON.stringify({ error_code: 1, message: text }), whole: true }, '1'),
  ),
);
entry('addresses of brokers', 'a:9092,b:9092', (text) =>
  kafkaSettings({ brokers: text } as never, noSetting, undefined),
);
entry('a number in a setting', ' 12 ', (text) => {
  const reader = new SettingReader(() => text);
  reader.refuse = () => undefined;
  return [reader.count(undefined, 'a', 1, { name: 'A' }), reader.toggle(undefined, 'b', true, 'B')];
});
entry('names in a producer configuration', 'topic', (text) =>
  producerConfigProblems({ [text]: { [text]: { event_key_field: text, enabled: true } } }, 'S'),
);

entry('JSON with tags', '{"a":[{"$long":"12345678901234567890"}]}', parseTagged);
entry('a string with 16 digits', '"1234567890123456\\n"', (text) =>
  parseTagged(`${text}1234567890123456`),
);
entry('tagged bytes', '00ff', (text) => parseTagged(JSON.stringify({ $bytes: text })));
entry('a tagged integer', '12', (text) => parseTagged(JSON.stringify({ $long: text })));
entry('JSON of --extra', '{"last_read_msg_id":"1-1"}', consumeExtraOf);
entry('a last_read_msg_id', '1-1', (text) =>
  consumeExtraOf(JSON.stringify({ last_read_msg_id: text })),
);
entry('an offset_time', '2026-05-01T08:00:00Z', (text) =>
  consumeExtraOf(JSON.stringify({ offset_time: text })),
);
entry('a number on the command line', '12', (text) => integerOf({ n: text }, 'n', 0));
entry('seconds on the command line', '1.5', (text) => secondsOf({ n: text }, 'n'));
entry('an offset to replay from', '0:1,1:2', (text) => replayOptionsOf({ 'from-offset': text }));
entry('an id to replay from', '1-1', (text) => replayOptionsOf({ 'from-id': text }));
entry('a time to replay from', '2026-05-01T08:00:00Z', (text) =>
  replayOptionsOf({ 'from-time': text }),
);
entry('a sourcelib to produce with', '1.2.3', (text) =>
  produceEvent.run({ type: 'a', topic: 'b', data: '{}', sourcelib: text }, ioOf(''), host),
);

const host = { catalog: () => Promise.resolve(new EventCatalog([HAPPENED])) } as unknown as CliHost;
const sink = () => new Writable({ write: (_chunk, _encoding, done) => done() });
const ioOf = (text: string) =>
  commandIo({
    stdin: Readable.from([Buffer.from(text)]),
    stdout: sink(),
    stderr: sink(),
    env: {},
    signal: new AbortController().signal,
  });
entry('a line of standard input', '{"event_type":"a"}\n', (text) =>
  answerLines(
    ioOf(text.replaceAll('\n', ' ')),
    () => '',
    () => ({ json: {}, text: () => '' }),
  ),
);
entry('data for people', '{"a":"b c"}', (text) => readableData({ [text]: [text] }, PLAIN));
entry('an event type that is not known', HAPPENED.type, (text) =>
  eventTypeAdvice(new EventCatalog([HAPPENED]))(text),
);
entry('a command line', 'encode', (text) => {
  const io = ioOf('');
  return parseCommandLine(text.split(' '), COMMANDS, '0', io);
});
entry('hexadecimal to decode', '00ff', (text) =>
  decode.run({}, ioOf(JSON.stringify({ event_type: HAPPENED.type, hex: text })), host),
);
entry('a release to decode', '9.14.0', (text) =>
  decode.run(
    {},
    ioOf(JSON.stringify({ event_type: HAPPENED.type, hex: '00', sourcelib: text })),
    host,
  ),
);
entry('data to encode', '{"learner":"a","n":1}', (text) =>
  encode.run(
    {},
    ioOf(`{"event_type":"${HAPPENED.type}","data":${text.replaceAll('\n', ' ')}}`),
    host,
  ),
);

entry('a text for the log', 'text', (text) => outsideText(text));
for (const valid of ['redis://:p@host/0?password=x', 'a:@', 'a://', '"password":"\\'])
  entry(`a setting that is shown: ${valid}`, valid, (text) => [
    shownValue('X', text),
    shownName(text),
  ]);
entry('the message of what was thrown', 'Error', (text) => thrownText(new Error(text)));
entry('the stack of what was thrown', 'Error: a\n    at b (c:1:1)', (text) =>
  thrownText(Object.assign(new Error('a'), { stack: text })),
);
entry('the name of what was thrown', 'Error', (text) =>
  thrownText(Object.assign(new Error(text), { name: text })),
);
entry('the line of a failed record', 'type', (text) =>
  failureLine(
    'Event failed',
    {
      delivery,
      group: text,
      received: {
        type: text,
        metadata: { ...metadata, id: text },
        body,
        sourcelibMissing: false,
        warnings: [],
      },
      error: new UnusableRecordError(text, { topic: text, cause: new Error(text) }),
      attempts: 1,
    },
    false,
  ),
);
entry('an error of the bus', 'reason', (text) =>
  errorAnswer(
    new EventBusError('SERVICE_UNAVAILABLE', text, { topic: text, eventType: text, eventId: text }),
  ),
);
entry('a message of Redis', 'NOGROUP', (text) => redisFault(new Error(text)));
entry('a message of Kafka', 'KafkaJSError', (text) => messageOf(kafkaFault(new Error(text))));
entry('a fault of a transport', 'fault', (text) =>
  new HealthBoard('Redis', 'default', nowhere).failed(text, new Error(text)),
);
entry('an unknown type', 'type', (text) =>
  warnOfUnknownType({ status, warnings: limiter() }, text, text),
);
entry('a warning of a record', 'odd', (text) =>
  warnOfDefaults({ status, warnings: limiter() }, delivery, [text, `${text} odd`]),
);
entry('a place in the audit log', '1-0', (text) =>
  new AuditLog(
    true,
    { log: () => undefined },
    { transportName: 'redis', offsetName: 'redis_msg_id' },
  ).received({
    audited: { ...position, offset: text, messageId: text, timestampMs: 1 },
    fields: {},
  }),
);

export { entries };

const CHARACTERS = [...'{}-_/\\"\':@.,+%$ \n\t09a([<é𝟿😀', '\ud800', '\u0000'];
const PAIRS = [
  '"\\',
  '{"',
  '::',
  '$:',
  '$$',
  '[[',
  '{}',
  '0_',
  '0.',
  '/ ',
  '\n ',
  ' 0',
  '\n    at ',
  'urn:',
  '},',
  '":"',
];
const DIGITS = '1234567890123456';

export interface HostileText {
  readonly about: string;
  text(): string;
}

/** Hostile texts of a length for an entry. */
export function hostileTexts(valid: string, length: number): HostileText[] {
  const run = (unit: string) => unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
  const half = valid.length >> 1;
  const [head, tail] = [valid.slice(0, half), valid.slice(half)];
  return [
    ...[...CHARACTERS, ...PAIRS].flatMap((unit) => [
      { about: `${JSON.stringify(unit)} repeated`, text: () => run(unit) },
      // The worst of a search for something at the end: all of it again from every place.
      {
        about: `${JSON.stringify(unit)} within the valid text`,
        text: () => `${head}${run(unit)}${tail}${DIGITS}`,
      },
    ]),
    { about: 'the valid text repeated', text: () => run(valid) },
    { about: 'the valid text, then garbage', text: () => valid + run('\u0001x') },
    { about: 'garbage, then the valid text', text: () => run('\u0001x') + valid },
  ];
}
