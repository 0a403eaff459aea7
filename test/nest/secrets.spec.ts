import {
  getEventBusToken,
  getEventBusOptionsToken,
  getEventBusSettingsToken,
  getEventBusTransportToken,
} from '../../lib/event-bus.constants.js';
import { inspect, types } from 'node:util';
import { ModuleRef, NestContainer } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { type EventBusOptions } from '../../lib/event-bus.options.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import { EventBusStatus } from '../../lib/observability/event-bus-status.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import type { ResolvedSettings } from '../../lib/settings/event-bus-settings.js';
import { kafkaTransport } from '../../lib/transport/kafka/index.js';
import { redisTransport } from '../../lib/transport/redis/index.js';
import { KeptLog } from './support/bus-application.js';

const planted: string[] = [];
/** Another one each time. */
function plant(): string {
  const secret = `s3cret-${planted.length}-x`;
  planted.push(secret);
  return secret;
}

function expectNone(text: string): void {
  for (const secret of planted) {
    expect(text.includes(secret) ? secret : '').toBe('');
    const basic = Buffer.from(secret).toString('base64').slice(0, 12);
    expect(text.includes(basic) ? basic : '').toBe('');
  }
}

function printed(value: unknown): string {
  const deep = { depth: null, maxArrayLength: null, maxStringLength: null } as const;
  const json = (): string => {
    const seen = new WeakSet();
    return JSON.stringify(value, (_, at: unknown) => {
      if (typeof at === 'bigint') return String(at);
      if (typeof at !== 'object' || at === null) return at;
      if (seen.has(at)) return undefined;
      seen.add(at);
      return at;
    });
  };
  return [inspect(value, { ...deep, depth: 6, showHidden: true }), reached(value), json()].join(
    '\n',
  );
}

/** Every text in whatever a print could reach, at any depth, each object once: a print repeats what is shared. */
function reached(value: unknown): string {
  const texts: string[] = [];
  const seen = new Set<unknown>();
  const left: unknown[] = [value];
  while (left.length > 0) {
    const at = left.pop();
    if (typeof at === 'string') texts.push(at);
    const isObject = (typeof at === 'object' && at !== null) || typeof at === 'function';
    if (!isObject || seen.has(at)) continue;
    seen.add(at);
    if (at instanceof Uint8Array) texts.push(Buffer.from(at).toString('latin1'));
    else if (types.isMap(at)) left.push(...at.keys(), ...at.values());
    else if (types.isSet(at)) left.push(...at);
    if (at instanceof Uint8Array) continue;
    for (const key of Reflect.ownKeys(at)) {
      texts.push(String(key));
      left.push(Object.getOwnPropertyDescriptor(at, key)?.value);
    }
  }
  return texts.join('\n');
}

const tls = () => ({ key: plant(), passphrase: plant(), pfx: plant() });
// Nothing listens there.
const nobody = '127.0.0.1:1';
const BUSES: Record<string, () => EventBusOptions> = {
  Redis: () => ({
    transport: redisTransport({
      url: `redis://${plant()}:${plant()}@${nobody}`,
      redis: { tls: { ...tls(), ca: 'x' }, sentinelPassword: plant(), sentinelUsername: plant() },
    }),
    settings: { EVENT_BUS_REDIS_CONNECTION_URL: `redis://:${plant()}@h`, OTHER: plant() },
  }),
  'Redis by settings': () => ({
    transport: 'redis',
    settings: { EVENT_BUS_REDIS_CONNECTION_URL: `redis://:${plant()}@${nobody}` },
  }),
  'a Redis Cluster': () => ({
    transport: redisTransport({
      cluster: [`redis://:${plant()}@${nobody}`],
      clusterOptions: { other: plant() },
    }),
  }),
  'Kafka by PLAIN': () => ({
    transport: kafkaTransport({
      brokers: [nobody],
      sasl: { mechanism: 'plain', username: plant(), password: plant() },
      ssl: tls(),
      schemaRegistry: { url: `http://${plant()}:${plant()}@${nobody}` },
      kafkajs: { client: { other: plant() }, producer: { other: plant() } },
    }),
  }),
  'Kafka by settings': () => ({
    transport: 'kafka',
    settings: {
      EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: nobody,
      EVENT_BUS_KAFKA_API_KEY: plant(),
      EVENT_BUS_KAFKA_API_SECRET: plant(),
      EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: `http://${nobody}`,
      EVENT_BUS_KAFKA_SCHEMA_REGISTRY_API_KEY: plant(),
      EVENT_BUS_KAFKA_SCHEMA_REGISTRY_API_SECRET: plant(),
    },
  }),
};

describe('a bus whose broker is away', () => {
  it.each(
    Object.keys(BUSES).flatMap((name) => [
      [name, 'forRoot'],
      [name, 'forRootAsync'],
    ]),
  )('shows no secret, whatever of it is printed: %s, %s', async (name, how) => {
    planted.length = 0;
    const logger = new KeptLog();
    const options: EventBusOptions = {
      ...BUSES[name]!(),
      logger,
      group: 'g',
      connect: 'background',
      connectTimeout: 300,
      shutdownTimeout: 100,
    };
    const bus =
      how === 'forRoot'
        ? EventBusModule.forRoot(options)
        : EventBusModule.forRootAsync({ useFactory: () => options });
    const app = await Test.createTestingModule({ imports: [bus] })
      .setLogger(false as never)
      .compile();
    await app.init();
    try {
      const producer = app.get(EventBusProducer);
      const failed: unknown = await producer
        .send('org.openedx.learning.course.unenrollment.completed.v1' as never, {} as never)
        .catch((error: unknown) => error);
      const settings = app.get<ResolvedSettings>(getEventBusSettingsToken());
      expect(app.get<EventBusOptions>(getEventBusOptionsToken()).settings).toEqual(
        options.settings,
      );
      const status = app.get(EventBusStatus);
      for (const part of [
        bus,
        app.get(getEventBusOptionsToken()),
        settings,
        app.get(getEventBusToken()),
        app.get(getEventBusTransportToken()),
        producer,
        failed,
        status,
        status.snapshot(),
        logger.lines,
      ])
        expectNone(printed(part));
      const container = (app as unknown as { container: NestContainer }).container;
      for (const all of [app.get(ModuleRef), container])
        expectNone(`${inspect(all, { depth: 4 })}${reached(all)}`);
    } finally {
      await app.close();
    }
    expect(planted.length).toBeGreaterThan(0);
  });
});
