import { AssignerProtocol, type Cluster } from 'kafkajs';
import { consumeExtraOf } from '../../../lib/cli/commands/consume-events.js';
import { platformTopicsOf } from '../../../lib/consuming/handlers/handler-registry.js';
import { ConfigurationError, InvalidEventDataError } from '../../../lib/errors/index.js';
import { EventCatalog } from '../../../lib/events/event-catalog.js';
import { defineEvent } from '../../../lib/events/event-definition.js';
import * as f from '../../../lib/events/fields.js';
import { AuditLog } from '../../../lib/observability/audit-log.js';
import { mergeProducerConfigs } from '../../../lib/settings/producer-config.js';
import { resolveSettings } from '../../support/resolve-settings.js';
import { settingLookup } from '../../../lib/settings/setting-reader.js';
import { missingCodec } from '../../../lib/transport/kafka/kafkajs/compression/compression-codecs.js';
import { cooperativeAssigner } from '../../../lib/transport/kafka/kafkajs/cooperative-assigner.js';
import { encodeKey } from '../../../lib/transport/kafka/wire/kafka-wire-format.js';
import { cli } from '../../support/cli.js';
import { OBJECT_NAMES, ownMembers } from '../../support/meant-data.js';
import { WholeBus } from '../../support/whole-bus.js';

const of = (name: string, value: unknown): any => ownMembers([[name, value]]);
const refusalOf = async (run: () => unknown): Promise<any> => {
  try {
    await run();
  } catch (error) {
    return error;
  }
  throw new Error('was not refused');
};
/** No field of one's own may be called so: see `defineEvent`. */
const fieldNameOf = (name: string): string => (name === '__proto__' ? 'proto' : name);

// What every object inherits, as a name or a value from outside.
describe.each(OBJECT_NAMES)('%s', (name) => {
  const field = fieldNameOf(name);
  const event = defineEvent({
    type: name,
    data: {
      [field]: f.record(name, { [field]: f.string(), table: f.map(f.long()) }),
      maybe: f.record(`${name}2`, { [field]: f.nullable(f.string()) }),
    },
  });
  const data = {
    [field]: { [field]: 'text', table: of(name, 5) },
    maybe: { [field]: null },
  };
  const keyField = `${field}.${field}`;
  const routes = of(name, of(name, { enabled: true, event_key_field: keyField }));

  it.each([
    ['redis', 'a key field by topic', { keyFields: of(`${name}-${name}`, keyField) }],
    ['redis', 'the key field of a route', { producerConfig: routes }],
    ['redis', 'no key field', {}],
    ['kafka', 'no key field', {}],
  ] as const)(
    'is a type, topic, prefix, group, record, field, map key and header on %s, with %s',
    async (wireOf, _, settings) => {
      await using bus = await WholeBus.open(wireOf, [event], {
        sending: { producerConfig: routes, topicPrefix: name },
        consuming: { ...settings, topicPrefix: name, group: name },
        handler: { pattern: name, topics: [name], group: name, name },
      });
      const [prepared] = bus.producer.prepare(name as never, data as never);
      const attributes = [[name, Buffer.from('header')]] as const;
      const received = await bus.receivedAfter(() =>
        bus.producer.publish({ ...prepared!, attributes }),
      );
      expect(received.data).toEqual(data);
      expect(Object.entries((received.data as any)[field].table)).toEqual([[name, 5]]);
      const { context } = received;
      expect([context.topic, context.position.topic]).toEqual([name, `${name}-${name}`]);
      expect(context.key).toBe(
        wireOf === 'redis' && Object.keys(settings).length === 0 ? null : 'text',
      );
      expect(
        context.record.attributes.map(([header, value]) => [header, String(value)]),
      ).toContainEqual([name, 'header']);
    },
  );

  it('is a topic that no key field is set for', async () => {
    await using bus = await WholeBus.open('redis', [event], {
      handler: { pattern: name, topics: [name] },
    });
    const { context } = await bus.receivedAfter(() =>
      bus.producer.send(event, data, { topic: name }),
    );
    expect([context.topic, context.key]).toEqual([name, null]);
  });

  it('is no event, no route and no topic where nothing is called so', async () => {
    await using bus = await WholeBus.open('redis', []);
    const { producer } = bus;
    const send = (type: string, options?: object) =>
      refusalOf(() => producer.send(type as never, {} as never, options));
    expect((await send(name, { topic: 't' })).code).toBe('UNKNOWN_EVENT');
    expect(new EventCatalog().get(name)).toBeUndefined();
    expect(platformTopicsOf(name)).toEqual([]);
  });

  it('is no route of an event that has none', async () => {
    await using bus = await WholeBus.open('redis', [event]);
    expect((await refusalOf(() => bus.producer.send(event, data as never))).code).toBe('NO_ROUTE');
  });

  it('is no member of metadata, no field and no key field that is known', async () => {
    const plain = defineEvent({ type: 'org.example.plain.v1', data: { text: f.string() } });
    await using bus = await WholeBus.open('kafka', [plain]);
    const send = (sent: object, options: object) =>
      refusalOf(() => bus.producer.send(plain, sent as never, { topic: 't', ...options }));
    const text = { text: 'x' };
    expect((await send(text, { metadata: of(name, 'x') })).code).toBe('INVALID_METADATA');
    expect((await send({ ...text, ...of(name, 'x') }, {})).code).toBe('INVALID_DATA');
    expect((await send(ownMembers([...Object.entries(text), [name, 1]]), {})).code).toBe(
      'INVALID_DATA',
    );
    expect((await send(text, { keyField: name })).code).toBe('CONFIGURATION');
    expect((await send(text, { keyField: `text.${name}` })).code).toBe('CONFIGURATION');
    expect((await send(text, { writeAs: name })).code).toBe('CONFIGURATION');
  });

  it.each([
    ['consumersEnabled', { consumersEnabled: name }],
    [
      'EVENT_BUS_MEMORY_CONSUMERS_ENABLED',
      { settings: { EVENT_BUS_MEMORY_CONSUMERS_ENABLED: name } },
    ],
    ['auditLogging', { auditLogging: name }],
    ['startFrom', { startFrom: name }],
    ['onFailure', { onFailure: name }],
    ['sendTimeout', { sendTimeout: name }],
    ['writeAs', { writeAs: name }],
    ['transport', { transport: name }],
    ['EVENT_BUS_PRODUCER_CONFIG', { producerConfig: name }],
    [`EVENT_BUS_PRODUCER_CONFIG["${name}"]`, { producerConfig: of(name, 1) }],
    [`keyFields.${name}`, { keyFields: of(name, 1) }],
  ])('is refused as a value of %s', async (setting, options) => {
    const error = await refusalOf(() =>
      resolveSettings({ transport: 'memory', ...options } as never, { env: {} }),
    );
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.problems.map((problem: any) => problem.setting)).toEqual([setting]);
  });

  it.each(['EVENT_BUS_TRANSPORT', 'EVENT_BUS_PRODUCER', 'EVENT_BUS_CONSUMER'])(
    'is refused as a value of %s',
    async (setting) => {
      const error = await refusalOf(() => resolveSettings({}, { env: { [setting]: name } }));
      expect(error.problems.map((problem: any) => problem.setting)).toContain(setting);
    },
  );

  it('is no setting that anything has, and is one that is set', () => {
    expect(settingLookup({ literal: {}, env: {} })(name)).toBeUndefined();
    expect(settingLookup({ env: process.env })(name)).toBeUndefined();
    expect(settingLookup({ literal: of(name, 'v'), env: {} })(name)).toBe('v');
    expect(settingLookup({ env: of(name, 'v') })(name)).toBe('v');
  });

  it('is a type and topic of producer configurations that are merged', () => {
    const merged = mergeProducerConfigs({}, of(name, of(name, { enabled: true })));
    expect(Object.keys(merged)).toEqual([name]);
    expect(Object.entries(Object.getOwnPropertyDescriptor(merged, name)!.value as object)).toEqual([
      [name, { enabled: true }],
    ]);
  });

  it('is the name of a bus and of a transport', () => {
    expect(resolveSettings({ name, transport: 'memory' }, { env: {} }).bus).toBe(name);
    const lines: string[] = [];
    const logger = { log: (line: string) => void lines.push(line) };
    new AuditLog(true, logger, { transportName: name }).processed({ fields: {} });
    expect(lines).toEqual([`Message from ${name} processed successfully`]);
  });

  it('is no command, option or extra of the CLI', async () => {
    for (const args of [[name], ['decode', `--${name}`], ['decode', `--${name}=1`]])
      expect((await cli(args)).code).toBe(2);
    expect(() => consumeExtraOf(`{"${name}": 1}`)).toThrow(`--extra: unknown key ${name}`);
  });

  it('is no type of a key and no compression on Kafka', async () => {
    const schema = JSON.stringify({ name, type: name });
    expect(await refusalOf(() => encodeKey({ value: 'x', schema }))).toBeInstanceOf(
      InvalidEventDataError,
    );
    expect(missingCodec(new Error(`${name} compression not implemented`))).toBeUndefined();
  });

  it('is a topic whose partitions are shared out to the members of a Kafka group', async () => {
    const cluster = {
      addMultipleTargetTopics: () => Promise.resolve(),
      findTopicPartitionMetadata: () => [{ partitionId: 0 }],
    } as unknown as Cluster;
    const assigner = cooperativeAssigner({ AssignerProtocol }, cluster, () => []);
    const { metadata } = assigner.protocol({ topics: [name] });
    const [share] = await assigner.assign({
      members: [{ memberId: name, memberMetadata: metadata }],
      topics: [name],
    });
    expect(share!.memberId).toBe(name);
    expect(share!.memberAssignment.includes(name)).toBe(true);
  });
});
