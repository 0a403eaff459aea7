import { anyOf, didYouMean } from '../common/names.js';
import { LONGEST_TIMER_MS } from '../common/waiting.js';
import type { ConfigurationProblem } from '../errors/configuration.errors.js';
import { shownName } from '../errors/outside-text.js';
import { misspeltOptions, misspeltSettings } from '../errors/unknown-names.js';
import { parseWritableRelease, WRITABLE_RELEASES } from '../events/event-metadata.js';
import { fullTopic } from '../transport/topic-prefix.js';
import { readDeadLetter } from './dead-letter-settings.js';
import { readIdempotency } from './idempotency-settings.js';
import { ACTIONS, readClassifier, readRetry, readTopicFailures } from './failure-settings.js';
import type {
  ResolvedSettings,
  EventBusSettingsOptions,
  TransportName,
} from './event-bus-settings.js';
import { readProducerConfig } from './producer-config.js';
import {
  type ReadValue,
  SettingReader,
  settingLookup,
  type SettingSources,
} from './setting-reader.js';
import type { TransportFactory } from '../transport/wire-format.interface.js';

/** The options of `EventBusModule.forRoot`; the compiler sees that none of the settings is missing. */
const OPTIONS = Object.keys({
  ...{
    name: true,
    events: true,
    onSendFailure: true,
    onDeadLetter: true,
    telemetry: true,
    logger: true,
  },
  ...({
    transport: true,
    settings: true,
    serviceName: true,
    topicPrefix: true,
    producerConfig: true,
    group: true,
    startFrom: true,
    connect: true,
    connectTimeout: true,
    consumersEnabled: true,
    consecutiveErrorsLimit: true,
    auditLogging: true,
    logEventData: true,
    logFields: true,
    concurrency: true,
    sourceConcurrency: true,
    maxInFlight: true,
    maxInFlightBytes: true,
    retry: true,
    onFailure: true,
    deadLetter: true,
    idempotency: true,
    classify: true,
    topics: true,
    onUnsupportedSchema: true,
    maxDeliveries: true,
    handlerTimeout: true,
    handlerWarnAfter: true,
    settle: true,
    onFatal: true,
    globalEnhancers: true,
    writeAs: true,
    sendTimeout: true,
    maxBufferedRecords: true,
    shutdownTimeout: true,
    keyFields: true,
  } satisfies Record<keyof EventBusSettingsOptions, true>),
});

type ReadSettings = Omit<ResolvedSettings, 'transport'> &
  Partial<Pick<ResolvedSettings, 'transport'>>;

/**
 * The settings of a bus. For each value the first that has one is taken: explicit option, `settings` of the options,
 * `@nestjs/config`, environment, default; the default also stands in place of an invalid value, which is a problem. `misspelt` gives a sentence for each setting that
 * seems to be misspelt; to be called when the transport has read its own.
 */
export function readSettings(
  options: EventBusSettingsOptions & {
    readonly name?: string | undefined;
    readonly telemetry?: { readonly lagInterval?: number } | undefined;
  },
  sources: Omit<SettingSources, 'literal'>,
  told?: (value: ReadValue) => void,
): {
  settings: ReadSettings;
  problems: readonly ConfigurationProblem[];
  misspelt: () => readonly string[];
} {
  const lookup = settingLookup({ ...sources, literal: options.settings });
  const given = [...Object.keys(options.settings ?? {}), ...Object.keys(sources.env)];
  const read = new Set<string>();
  const setting = (name: string): unknown => {
    read.add(name);
    return lookup(name);
  };
  const reader = new SettingReader(setting, told);
  reader.problems.push(...misspeltOptions(options, OPTIONS));
  reader.number(options.telemetry?.lagInterval, 'telemetry.lagInterval', {
    least: 1,
    most: LONGEST_TIMER_MS,
  });
  const transport = chooseTransport(options.transport, reader);
  const transportName = typeof transport === 'function' ? transport.transportName : transport;
  const of = (name: string) =>
    `EVENT_BUS_${(transportName ?? 'TRANSPORT').toUpperCase().replace(/\W/g, '_')}_${name}`;
  const topicPrefix = reader.text(options.topicPrefix, 'topicPrefix', 'EVENT_BUS_TOPIC_PREFIX');

  const resolved = {
    bus: options.name ?? 'default',
    setting,
    serviceName:
      reader.text(options.serviceName, 'serviceName', 'EVENTS_SERVICE_NAME') ??
      reader.text(undefined, 'SERVICE_VARIANT', 'SERVICE_VARIANT'),
    topicPrefix,
    producerConfig: readProducerConfig(options.producerConfig, reader),
    group: reader.text(options.group, 'group'),
    startFrom: reader.choice(options.startFrom, 'startFrom', ['earliest', 'latest']),
    connect: reader.choice(options.connect, 'connect', ['fail', 'background']),
    connectTimeoutMs: reader.count(options.connectTimeout, 'connectTimeout', 10_000),
    consumersEnabled: reader.toggle(
      options.consumersEnabled,
      'consumersEnabled',
      true,
      of('CONSUMERS_ENABLED'),
    ),
    consecutiveErrorsLimit: reader.count(
      options.consecutiveErrorsLimit,
      'consecutiveErrorsLimit',
      0,
      {
        least: 0,
        name: of('CONSUMER_CONSECUTIVE_ERRORS_LIMIT'),
      },
    ),
    auditLogging: reader.toggle(
      options.auditLogging,
      'auditLogging',
      true,
      of('AUDIT_LOGGING_ENABLED'),
    ),
    logEventData: reader.toggle(options.logEventData, 'logEventData', false),
    logFields: reader.choice(options.logFields, 'logFields', [
      'auto',
      'off',
      'params',
      'pino',
      'winston',
    ]),
    concurrency: reader.count(options.concurrency, 'concurrency', 1),
    sourceConcurrency: reader.count(options.sourceConcurrency, 'sourceConcurrency', 4),
    maxInFlight: reader.count(options.maxInFlight, 'maxInFlight', 256),
    maxInFlightBytes: reader.count(options.maxInFlightBytes, 'maxInFlightBytes', 64 * 1024 * 1024),
    retry: readRetry(options.retry, reader),
    onFailure: reader.choice(options.onFailure, 'onFailure', ACTIONS),
    deadLetter: readDeadLetter(options.deadLetter, reader),
    idempotency: readIdempotency(options.idempotency, reader),
    classify: readClassifier(options.classify, 'classify', reader),
    topics: readTopicFailures(options.topics, reader),
    onUnsupportedSchema: reader.choice(options.onUnsupportedSchema, 'onUnsupportedSchema', [
      'halt',
      'reject',
    ]),
    maxDeliveries: reader.count(options.maxDeliveries, 'maxDeliveries', 10),
    handlerTimeoutMs: reader.count(options.handlerTimeout, 'handlerTimeout', undefined, {
      most: LONGEST_TIMER_MS,
    }),
    handlerWarnAfterMs: reader.count(options.handlerWarnAfter, 'handlerWarnAfter', 30_000, {
      least: 0,
    }),
    settle: reader.choice(options.settle, 'settle', ['coalesced', 'each']),
    onFatal: reader.choice(options.onFatal, 'onFatal', ['close', 'report']),
    globalEnhancers: reader.toggle(options.globalEnhancers, 'globalEnhancers', true),
    writeAs: readWriteAs(options.writeAs, reader),
    sendTimeoutMs: reader.count(options.sendTimeout, 'sendTimeout', 10_000, {
      most: LONGEST_TIMER_MS,
    }),
    maxBufferedRecords: reader.count(options.maxBufferedRecords, 'maxBufferedRecords', 10_000),
    shutdownTimeoutMs: reader.count(options.shutdownTimeout, 'shutdownTimeout', 10_000),
    keyFields: readKeyFields(options.keyFields, topicPrefix, reader),
  };
  return {
    settings: { ...resolved, ...(transport !== undefined && { transport }) },
    problems: reader.problems,
    misspelt: () => misspeltSettings(given, read),
  };
}

function readWriteAs(option: unknown, reader: SettingReader): string | undefined {
  const release = reader.text(option, 'writeAs');
  if (release !== undefined && !parseWritableRelease(release))
    reader.refuse('writeAs', release, WRITABLE_RELEASES);
  return release;
}

function readKeyFields(
  keyFields: unknown,
  topicPrefix: string | undefined,
  reader: SettingReader,
): Record<string, string> {
  if (typeof (keyFields ?? {}) !== 'object') {
    reader.refuse('keyFields', keyFields, 'an object { topic: keyField }');
    return {};
  }
  const read = Object.entries(keyFields ?? {}).map(([topic, field]: [string, unknown]) => {
    if (typeof field !== 'string')
      reader.refuse(
        `keyFields.${shownName(topic)}`,
        field,
        'a dotted field path, such as user.pii.username',
      );
    return [fullTopic(topicPrefix, topic), typeof field === 'string' ? field : ''] as const;
  });
  return Object.fromEntries(read);
}

const NAMES: readonly TransportName[] = ['memory', 'redis', 'kafka'];
const ALLOWED = `a transport factory such as memoryTransport() as the option transport, or ${anyOf(NAMES)} as EVENT_BUS_TRANSPORT`;

/** The Python classes and functions that name a backend. */
const PYTHON_NAMES: Readonly<Record<string, Readonly<Record<string, 'redis' | 'kafka'>>>> = {
  EVENT_BUS_PRODUCER: {
    'edx_event_bus_redis.create_producer': 'redis',
    'edx_event_bus_kafka.create_producer': 'kafka',
  },
  EVENT_BUS_CONSUMER: {
    'edx_event_bus_redis.RedisEventConsumer': 'redis',
    'edx_event_bus_kafka.KafkaEventConsumer': 'kafka',
  },
};

/**
 * The transport of a bus: the option, else `EVENT_BUS_TRANSPORT`, else what Python's
 * `EVENT_BUS_PRODUCER` and `EVENT_BUS_CONSUMER` name. undefined: none, and a problem was reported.
 */
function chooseTransport(
  option: unknown,
  reader: SettingReader,
): TransportFactory | TransportName | undefined {
  if (
    typeof option === 'function' &&
    typeof (option as TransportFactory).transportName === 'string'
  ) {
    const factory = option as TransportFactory;
    reader.told({
      option: 'transport',
      setting: undefined,
      value: factory.transportName,
      from: 'option',
    });
    return factory;
  }
  if (option !== undefined && option !== null && typeof option !== 'string') {
    reader.refuse(
      'transport',
      option,
      `${ALLOWED} (the factory itself, not a transport that it created)`,
    );
    return undefined;
  }
  if (option) {
    reader.told({ option: 'transport', setting: undefined, value: option, from: 'option' });
    return byName(option, 'transport', reader);
  }
  const named = reader.text(undefined, 'EVENT_BUS_TRANSPORT', 'EVENT_BUS_TRANSPORT');
  if (named) return byName(named, 'EVENT_BUS_TRANSPORT', reader);
  return byPythonNames(reader);
}

function byName(text: string, setting: string, reader: SettingReader): TransportName | undefined {
  const name = NAMES.find((known) => known === text.trim().toLowerCase());
  if (name === undefined) reader.refuse(setting, text, anyOf(NAMES) + didYouMean(text, NAMES));
  return name;
}

function byPythonNames(reader: SettingReader): TransportName | undefined {
  const before = reader.problems.length;
  const producer = pythonBackend('EVENT_BUS_PRODUCER', reader);
  const consumer = pythonBackend('EVENT_BUS_CONSUMER', reader);
  if (reader.problems.length > before) return undefined;
  if (producer && consumer && producer !== consumer) {
    reader.refuse(
      'EVENT_BUS_PRODUCER and EVENT_BUS_CONSUMER',
      `${producer} and ${consumer}`,
      'the same broker in both; for two brokers import EventBusModule.forRoot({ name, transport }) twice, with different names',
    );
    return undefined;
  }
  const backend = producer ?? consumer;
  if (backend === undefined) reader.refuse('transport', undefined, ALLOWED);
  return backend;
}

function pythonBackend(setting: string, reader: SettingReader): 'redis' | 'kafka' | undefined {
  const value = reader.text(undefined, setting, setting);
  if (value === undefined) return undefined;
  const known = PYTHON_NAMES[setting] ?? {};
  if (Object.hasOwn(known, value)) return known[value];
  reader.refuse(
    setting,
    value,
    `${anyOf(Object.keys(known))}; or set EVENT_BUS_TRANSPORT to ${anyOf(NAMES)}: ${setting} is then ignored`,
  );
  return undefined;
}
