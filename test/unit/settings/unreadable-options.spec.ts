import { Test } from '@nestjs/testing';
import { ConfigurationError } from '../../../lib/errors/index.js';
import { EventBusModule } from '../../../lib/event-bus.module.js';
import { kafkaTransport } from '../../../lib/transport/kafka/index.js';
import { memoryTransport } from '../../../lib/transport/memory/index.js';
import { redisTransport } from '../../../lib/transport/redis/index.js';
import type { TransportFactory } from '../../../lib/transport/wire-format.interface.js';

const quiet = () => undefined;
const logger = { log: quiet, warn: quiet, error: quiet, debug: quiet };
const boom = (): never => {
  throw new Error('read');
};
const throwing = new Proxy({}, { get: boom, has: boom, ownKeys: boom });
const revoked = (() => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
})();
const HOSTILE: Record<string, unknown> = {
  throwing,
  revoked,
  text: 'text',
  number: 5,
  bigint: 5n,
  symbol: Symbol('x'),
  'without prototype': Object.create(null),
  unprintable: { toString: boom, valueOf: boom },
  map: new Map(),
  null: null,
};

async function refused(make: () => unknown): Promise<ConfigurationError | undefined> {
  try {
    await make();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return error as ConfigurationError;
  }
}

async function start(of: () => ReturnType<(typeof EventBusModule)['forRoot']>): Promise<void> {
  const app = await Test.createTestingModule({ imports: [of()] })
    .setLogger(false as never)
    .compile();
  await app.init();
  await app.close();
}

describe('options that are none', () => {
  it('events that are no list', async () => {
    const whole = { transport: memoryTransport(), group: 'g', logger };
    for (const events of [5, {}, null])
      expect(
        await refused(() =>
          start(() => EventBusModule.forRoot({ ...whole, events: events as never })),
        ),
      ).toBeDefined();
  });

  it.each(Object.entries(HOSTILE))('of the bus: %s', async (_, options) => {
    const given = options as never;
    if (typeof options !== 'object' || options === null || options === throwing) {
      expect(await refused(() => start(() => EventBusModule.forRoot(given)))).toBeDefined();
      const useFactory = () => given;
      const async = () => EventBusModule.forRootAsync({ useFactory });
      // Awaiting it throws by itself.
      if (options !== throwing) expect(await refused(() => start(async))).toBeDefined();
    }
    const whole = { transport: memoryTransport(), group: 'g', logger };
    await refused(() => EventBusModule.forRoot({ ...whole, name: given }));
    // What is merely of another kind is refused by its own reader.
    if (options !== throwing && options !== revoked) return;
    for (const option of ['events', 'settings', 'retry', 'keyFields', 'producerConfig', 'group'])
      await refused(() => start(() => EventBusModule.forRoot({ ...whole, [option]: options })));
  });

  const made = async (factory: TransportFactory): Promise<void> => {
    const { transport } = await factory({ bus: 'b', setting: () => undefined, logger });
    await transport.close(Date.now());
  };
  const kafka = { brokers: ['localhost:1'], schemaRegistry: { url: 'https://r' } };
  const KAFKA = ['ssl', 'sasl', 'schemaRegistry', 'batchSize', 'kafkajs', 'brokers', 'client'];
  const REGISTRY = ['url', 'apiKey', 'maxAnswerBytes', 'requestTimeoutMs', 'autoRegister', 'fetch'];
  const redis = { url: 'redis://localhost' };
  const REDIS = ['redis', 'cluster', 'clusterOptions', 'consumerName', 'singleActive', 'client'];
  it.each(Object.entries(HOSTILE))('of the transports: %s', async (_, value) => {
    for (const option of KAFKA)
      await refused(() => made(kafkaTransport({ ...kafka, [option]: value })));
    for (const option of REGISTRY) {
      const schemaRegistry = { url: 'https://r', [option]: value };
      await refused(() => made(kafkaTransport({ ...kafka, schemaRegistry })));
    }
    for (const option of REDIS)
      await refused(() => made(redisTransport({ ...redis, [option]: value })));
    await refused(() => made(redisTransport({ cluster: [value as never] })));
  });

  it.each<[string, TransportFactory, RegExp]>([
    ['TLS by a text', kafkaTransport({ ...kafka, ssl: 'false' as never }), /kafkaTransport ssl/],
    [
      'registering by a text',
      kafkaTransport({ ...kafka, schemaRegistry: { autoRegister: 'false' as never } }),
      /autoRegister: found 'false'/,
    ],
    ['a reader by a text', redisTransport({ ...redis, singleActive: 'no' as never }), /'no'/],
    ['a client without classes', redisTransport({ ...redis, client: {} as never }), /client/],
    ['a node that is none', redisTransport({ cluster: [{} as never] }), /without a host/],
    ['a port that is none', redisTransport({ cluster: [{ host: 'h', port: 0 }] }), /port 0/],
    ['a cluster that is none', redisTransport({ cluster: 'h:1' as never }), /cluster/],
    ['brokers of no port', kafkaTransport({ ...kafka, brokers: ['b:x'] }), /not host:port;/],
  ])('are refused, and not taken for something else: %s', async (_, factory, said) => {
    expect((await refused(() => made(factory)))?.message).toMatch(said);
  });
});
