import { configurationProblems } from '../../support/configuration-problems.js';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '../../../lib/errors/index.js';
import { resolveSettings } from '../../support/resolve-settings.js';
import type { TransportFactory } from '../../../lib/transport/wire-format.interface.js';

const REDIS = 'EVENT_BUS_REDIS_CONNECTION_URL';
const PLACES = {
  [REDIS]: 'rediss://h',
  EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: 'a:9092',
  EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: 'http://r',
};
const ROUTES = { 'org.x.v1': { topic: { event_key_field: 'a.b', enabled: true } } };
const factory = (name: string): TransportFactory =>
  Object.assign(
    () => {
      throw new Error('not made in these tests');
    },
    { transportName: name },
  );

function problemsOf(
  options: Parameters<typeof resolveSettings>[0],
  env: Record<string, string | undefined> = {},
): Record<string, { found: string; allowed: string }> {
  try {
    resolveSettings(options, { env });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return Object.fromEntries(error.problems.map((p) => [p.setting, p]));
  }
  throw new Error('no ConfigurationError was thrown');
}

describe('resolveSettings', () => {
  it('has a default for everything but the transport', () => {
    expect(resolveSettings({ transport: 'memory' }, { env: {} })).toMatchObject({
      bus: 'default',
      transport: 'memory',
      serviceName: undefined,
      topicPrefix: undefined,
      producerConfig: {},
      group: undefined,
      startFrom: 'earliest',
      connect: 'fail',
      connectTimeoutMs: 10_000,
      consumersEnabled: true,
      consecutiveErrorsLimit: 0,
      auditLogging: true,
      logEventData: false,
      logFields: 'auto',
      concurrency: 1,
      sourceConcurrency: 4,
      retry: { attempts: 3, delayMs: 1000, factor: 2, maxDelayMs: 30_000 },
      onFailure: 'log',
      onUnsupportedSchema: 'halt',
      writeAs: undefined,
      maxDeliveries: 10,
      handlerTimeoutMs: undefined,
      handlerWarnAfterMs: 30_000,
      settle: 'coalesced',
      onFatal: 'close',
      globalEnhancers: true,
      sendTimeoutMs: 10_000,
      maxBufferedRecords: 10_000,
      keyFields: {},
    });
  });

  it('refuses a time that no timer can wait for', () => {
    const allowed = 'an integer from 1 to 2147483647';
    const long = 2 ** 31;
    expect(
      problemsOf({ transport: 'memory', handlerTimeout: long, sendTimeout: long }),
    ).toMatchObject({
      handlerTimeout: { found: String(long), allowed },
      sendTimeout: { found: String(long), allowed },
    });
    expect(
      resolveSettings(
        { transport: 'memory', handlerTimeout: long - 1, sendTimeout: long - 1 },
        {
          env: {},
        },
      ),
    ).toMatchObject({ handlerTimeoutMs: long - 1, sendTimeoutMs: long - 1 });
  });

  it.each([0, -1, NaN, 2 ** 31, '15s'])('refuses %p as the interval of the lag', (lagInterval) => {
    const telemetry = { lagInterval: lagInterval as number };
    expect(problemsOf({ transport: 'memory', telemetry })).toMatchObject({
      'telemetry.lagInterval': { allowed: 'a number from 1 to 2147483647' },
    });
  });

  it('takes a release to write for from 7.2.0 to ours, and what to do with newer layouts', () => {
    const resolve = (options: object) =>
      resolveSettings({ transport: 'memory', ...options }, { env: {} });
    expect(resolve({ writeAs: '10.2.0', onUnsupportedSchema: 'reject' })).toMatchObject({
      writeAs: '10.2.0',
      onUnsupportedSchema: 'reject',
    });
    for (const writeAs of ['7.1.0', '99.0.0', 'current', true])
      expect(() => resolve({ writeAs })).toThrow(/ - writeAs: found /);
    expect(() => resolve({ onUnsupportedSchema: 'skip' })).toThrow(
      /onUnsupportedSchema: .*halt or reject/,
    );
  });

  it('takes the option before the literal setting, that before config, that before the environment', () => {
    const name = 'EVENT_BUS_TOPIC_PREFIX';
    const prefix = (option?: string, literal?: string, config?: string, env?: string) =>
      resolveSettings(
        { transport: 'memory', topicPrefix: option, settings: { [name]: literal } },
        { config: { get: (key) => (key === name ? config : undefined) }, env: { [name]: env } },
      ).topicPrefix;
    expect(prefix('a', 'b', 'c', 'd')).toBe('a');
    expect(prefix(undefined, 'b', 'c', 'd')).toBe('b');
    expect(prefix(undefined, undefined, 'c', 'd')).toBe('c');
    expect(prefix(undefined, undefined, undefined, 'd')).toBe('d');
    expect(prefix()).toBeUndefined();
    expect(prefix(undefined, '', 'c', 'd')).toBeUndefined();
  });

  it('names the service by EVENTS_SERVICE_NAME, else SERVICE_VARIANT, empty ones falling through', () => {
    const service = (env: Record<string, string>) =>
      resolveSettings({ transport: 'memory' }, { env }).serviceName;
    expect(service({ EVENTS_SERVICE_NAME: 'a', SERVICE_VARIANT: 'b' })).toBe('a');
    expect(service({ EVENTS_SERVICE_NAME: '', SERVICE_VARIANT: 'b' })).toBe('b');
    expect(service({})).toBeUndefined();
  });

  it('reads switches, limit and audit logging under the name of the chosen transport', () => {
    const env = {
      EVENT_BUS_REDIS_CONSUMERS_ENABLED: 'FALSE',
      EVENT_BUS_REDIS_CONSUMER_CONSECUTIVE_ERRORS_LIMIT: '7',
      EVENT_BUS_REDIS_AUDIT_LOGGING_ENABLED: '0',
      [REDIS]: 'redis://127.0.0.1',
    };
    const expected = { consumersEnabled: false, consecutiveErrorsLimit: 7, auditLogging: false };
    expect(resolveSettings({ transport: 'redis' }, { env })).toMatchObject(expected);
    expect(resolveSettings({ transport: factory('redis') }, { env })).toMatchObject(expected);
    expect(resolveSettings({ transport: 'memory' }, { env })).toMatchObject({
      consumersEnabled: true,
      consecutiveErrorsLimit: 0,
      auditLogging: true,
    });
  });

  it.each([
    ['true', true],
    ['True', true],
    ['1', true],
    [1, true],
    [true, true],
    ['false', false],
    ['FALSE', false],
    ['0', false],
    [0, false],
    ['', true],
  ])('reads the toggle %p as %p', (value, expected) => {
    const settings = { EVENT_BUS_MEMORY_CONSUMERS_ENABLED: value };
    const resolved = resolveSettings({ transport: 'memory', settings }, { env: {} });
    expect(resolved.consumersEnabled).toBe(expected);
  });

  it('names every problem in one error, those of the transport too, with what was found and what is allowed', async () => {
    const found = await configurationProblems({
      transport: 'redis',
      startFrom: 'end' as never,
      concurrency: 0,
      retry: { attempts: 1.5, factor: 0.5 },
      keyFields: { t: 1 as never },
      settings: {
        [REDIS]: 'http://:hunter2@redis',
        EVENT_BUS_REDIS_STREAM_MAX_LEN: 'many',
        EVENT_BUS_REDIS_CONSUMERS_ENABLED: 'yes',
        EVENT_BUS_REDIS_CONSUMER_CONSECUTIVE_ERRORS_LIMIT: '-1',
        EVENT_BUS_PRODUCER_CONFIG: '{"org.x.v1": {"topic": {"enabled": 1}}}',
      },
    });
    const problems = Object.fromEntries(found.map((problem) => [problem.setting, problem]));
    expect(Object.keys(problems).sort()).toEqual([
      'EVENT_BUS_PRODUCER_CONFIG["org.x.v1"]["topic"].enabled',
      'EVENT_BUS_PRODUCER_CONFIG["org.x.v1"]["topic"].event_key_field',
      REDIS,
      'EVENT_BUS_REDIS_CONSUMERS_ENABLED',
      'EVENT_BUS_REDIS_CONSUMER_CONSECUTIVE_ERRORS_LIMIT',
      'EVENT_BUS_REDIS_STREAM_MAX_LEN',
      'concurrency',
      'keyFields.t',
      'retry.attempts',
      'retry.factor',
      'startFrom',
    ]);
    expect(problems['EVENT_BUS_REDIS_CONSUMERS_ENABLED']).toMatchObject({
      found: "'yes'",
      allowed: 'true, false, 1 or 0',
    });
    expect(problems['startFrom']).toMatchObject({ found: "'end'", allowed: 'earliest or latest' });
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  it('needs the Redis URL when redis is chosen by name, not when a factory was given', async () => {
    expect(await configurationProblems({ transport: 'redis' })).toMatchObject([
      { setting: REDIS, found: 'not set' },
    ]);
    expect(resolveSettings({ transport: factory('redis') }, { env: {} }).bus).toBe('default');
  });

  describe('choosing the transport', () => {
    const chosen = (env: Record<string, string>) =>
      resolveSettings({}, { env: { ...PLACES, ...env } }).transport;

    it('takes a name or the Python names', () => {
      expect(chosen({ EVENT_BUS_TRANSPORT: 'memory' })).toBe('memory');
      expect(chosen({ EVENT_BUS_TRANSPORT: 'Redis' })).toBe('redis');
      expect(chosen({ EVENT_BUS_PRODUCER: 'edx_event_bus_redis.create_producer' })).toBe('redis');
      expect(chosen({ EVENT_BUS_CONSUMER: 'edx_event_bus_redis.RedisEventConsumer' })).toBe(
        'redis',
      );
      expect(chosen({ EVENT_BUS_TRANSPORT: 'kafka' })).toBe('kafka');
      expect(chosen({ EVENT_BUS_PRODUCER: 'edx_event_bus_kafka.create_producer' })).toBe('kafka');
      expect(chosen({ EVENT_BUS_CONSUMER: 'edx_event_bus_kafka.KafkaEventConsumer' })).toBe(
        'kafka',
      );
      expect(chosen({ EVENT_BUS_TRANSPORT: 'memory', EVENT_BUS_PRODUCER: 'something.else' })).toBe(
        'memory',
      );
    });

    it('never assumes one', () => {
      expect(problemsOf({})['transport']?.allowed).toContain(
        'memory, redis or kafka as EVENT_BUS_TRANSPORT',
      );
    });

    it('points to two named buses when the Python names are of different backends', () => {
      const problems = problemsOf(
        {},
        {
          EVENT_BUS_PRODUCER: 'edx_event_bus_kafka.create_producer',
          EVENT_BUS_CONSUMER: 'edx_event_bus_redis.RedisEventConsumer',
        },
      );
      expect(problems['EVENT_BUS_PRODUCER and EVENT_BUS_CONSUMER']).toMatchObject({
        found: "'kafka and redis'",
        allowed: expect.stringContaining('twice, with different names'),
      });
    });

    it('refuses an unknown Python name and a transport object', () => {
      const name = 'EVENT_BUS_PRODUCER';
      expect(problemsOf({}, { [name]: 'my.own.producer' })[name]?.allowed).toContain(
        'edx_event_bus_redis.create_producer',
      );
      const made = problemsOf({ transport: { publish: 1 } as never });
      expect(made['transport']?.allowed).toContain('not a transport that it created');
    });
  });

  describe('EVENT_BUS_PRODUCER_CONFIG', () => {
    const routes = (value: unknown) =>
      resolveSettings(
        { transport: 'memory', settings: { EVENT_BUS_PRODUCER_CONFIG: value } },
        { env: {} },
      ).producerConfig;

    it('is an object, JSON text or the path of a JSON file', () => {
      const file = join(mkdtempSync(join(tmpdir(), 'routes-')), 'routes.json');
      writeFileSync(file, JSON.stringify(ROUTES));
      expect(routes(ROUTES)).toEqual(ROUTES);
      expect(routes(JSON.stringify(ROUTES))).toEqual(ROUTES);
      expect(routes(file)).toEqual(ROUTES);
      expect(routes(`@${file}`)).toEqual(ROUTES);
    });

    it.each([
      ['{', 'text that is not valid JSON'],
      ['@/nowhere/routes', 'ENOENT'],
      ['/nowhere/routes.json', 'ENOENT'],
    ])('refuses %s', (value, reason) => {
      const problems = problemsOf({ transport: 'memory' }, { EVENT_BUS_PRODUCER_CONFIG: value });
      expect(problems['EVENT_BUS_PRODUCER_CONFIG']?.found).toContain(reason);
    });
  });

  it('keys key fields by full topic and hands raw settings on', () => {
    const resolved = resolveSettings(
      { transport: 'memory', topicPrefix: 'dev', keyFields: { t: 'user.id' } },
      { env: { EVENT_BUS_X: 'raw' } },
    );
    expect(resolved.keyFields).toEqual({ 'dev-t': 'user.id' });
    expect(resolved.setting('EVENT_BUS_X')).toBe('raw');
    expect(resolved.setting('EVENT_BUS_Y')).toBeUndefined();
  });
});
