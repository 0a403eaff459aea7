import type { TransportFactory } from '../transport/wire-format.interface.js';
import type { SettingReader } from './setting-reader.js';
import type { TransportName } from './event-bus-settings.js';

const NAMES: readonly TransportName[] = ['memory', 'redis', 'kafka'];
const ALLOWED = `transport: a factory such as memoryTransport(), or EVENT_BUS_TRANSPORT: ${NAMES.join(', ')}`;

/** The Python classes and functions that name a backend (reference: behaviour 4.3). */
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
export function chooseTransport(
  option: unknown,
  reader: SettingReader,
): TransportFactory | TransportName | undefined {
  if (
    typeof option === 'function' &&
    typeof (option as TransportFactory).transportName === 'string'
  )
    return option as TransportFactory;
  if (option !== undefined && option !== null && typeof option !== 'string') {
    reader.refuse('transport', option, `${ALLOWED}; a factory, not an object that it made`);
    return undefined;
  }
  if (option) return byName(option, 'transport', reader);
  const named = reader.text(undefined, 'EVENT_BUS_TRANSPORT', 'EVENT_BUS_TRANSPORT');
  if (named) return byName(named, 'EVENT_BUS_TRANSPORT', reader);
  return byPythonNames(reader);
}

function byName(text: string, setting: string, reader: SettingReader): TransportName | undefined {
  const name = NAMES.find((known) => known === text.trim().toLowerCase());
  if (name === undefined) reader.refuse(setting, text, NAMES.join(', '));
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
      'the same backend for both; for two backends make two named buses: EventBusModule.forRoot({ name, transport }) for each',
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
  reader.refuse(setting, value, `${Object.keys(known).join(', ')}, or set EVENT_BUS_TRANSPORT`);
  return undefined;
}
