import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyFieldOf } from '../../lib/codec/key-field.js';
import { configureBus } from '../../lib/event-bus.configuration.js';
import { kafkaSettings } from '../../lib/transport/kafka/settings/kafka-settings.js';
import { redisSettings } from '../../lib/transport/redis/settings/redis-settings.js';
import { fullTopic } from '../../lib/transport/topic-prefix.js';
import { PythonDriver } from './python-driver.js';

const FOLDER = join(import.meta.dirname, 'site-settings');
const SITES = readdirSync(FOLDER).map((name) => {
  const site = JSON.parse(readFileSync(join(FOLDER, name), 'utf8'));
  return { name, settings: site.settings, expected: site.expected };
});
/** Of librdkafka; all in the clear. */
const BOOTSTRAPS = [
  'h',
  'h:9093,',
  ' a, b:7',
  'PLAINTEXT://h',
  'plaintext://h:9093/',
  '[::1]:9093',
  '[::1]',
  ':9093',
];

const python = (settings: readonly object[]) =>
  PythonDriver.start('site_settings.py').then((driver) => {
    driver.write(settings);
    return driver.end(90_000);
  });

/** What a bus makes of settings, in the words of the fixtures. */
async function ours(settings: Record<string, unknown>): Promise<unknown> {
  const warned: string[] = [];
  const say = (text: string): void => void warned.push(text);
  const logger = { log: say, warn: say, error: say, debug: say };
  const made = await configureBus({
    ...{ options: { settings }, sources: { env: {} }, added: [], loggerOf: () => logger },
  });
  await made.parts.transport.close(0);
  expect(warned).toEqual([]);
  const { producerConfig, topicPrefix } = made.settings;
  const keyType = (type: string, path: string): unknown =>
    JSON.parse(keyFieldOf(made.catalog.require(type), path).schema!).type;
  const routes = Object.entries(producerConfig).map(([type, topics]) => [
    type,
    Object.fromEntries(
      Object.entries(topics).map(([topic, { event_key_field: path }]) => [
        fullTopic(topicPrefix, topic),
        keyType(type, path),
      ]),
    ),
  ]);
  const name = made.traits.transportName;
  return {
    [name]: name === 'redis' ? redis(settings) : kafka(settings),
    routes: Object.fromEntries(routes),
  };
}

function redis(settings: Record<string, unknown>): unknown {
  const {
    host,
    port,
    db = 0,
    username = null,
    password = null,
  } = redisSettings({}, (name) => settings[name]).connection.reveal();
  return { host, port, db, username, password };
}

function kafka(settings: Record<string, unknown>): unknown {
  const { brokers, sasl, ssl } = kafkaSettings({}, (name) => settings[name], undefined);
  const known = sasl?.reveal() as { username?: string } | undefined;
  return {
    brokers: [...brokers].sort(),
    security: `${known ? 'SASL_' : ''}${ssl.reveal() ? 'SSL' : 'PLAINTEXT'}`,
    username: known?.username ?? null,
  };
}

describe('the settings of sites', () => {
  it.each(SITES.map((site) => [site.name, site] as const))('%s', async (_, site) => {
    expect(await ours(site.settings)).toEqual(site.expected);
  });

  it('say the same to the packages of the reference', async () => {
    const bare = BOOTSTRAPS.map((servers) => ({
      EVENT_BUS_PRODUCER: 'edx_event_bus_kafka.create_producer',
      EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: servers,
      EVENT_BUS_PRODUCER_CONFIG: {},
    }));
    const told = await python([...SITES.map(({ settings }) => settings), ...bare]);
    expect(told.slice(0, SITES.length)).toEqual(SITES.map(({ expected }) => expected));
    expect(told.slice(SITES.length).map(({ kafka }) => kafka.brokers)).toEqual(
      bare.map((settings) => (kafka(settings) as { brokers: string[] }).brokers),
    );
  }, 120_000);
});
