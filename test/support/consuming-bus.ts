import { traits } from './transport-traits.js';
import { EventReplay, type ReplayRange } from '../../lib/consuming/event-replay.js';
import { codecFor } from '../../lib/codec/event-codec.js';
import { ConsumerRuntime } from '../../lib/consuming/consumer-runtime.js';
import type { RecordEnd } from '../../lib/consuming/observing/consuming-observer.js';
import type {
  ConsumerRuntimeOptions,
  RuntimeTiming,
} from '../../lib/consuming/processing/processing-context.js';
import type { OpenEdxEventContext } from '../../lib/consuming/handlers/event-context.js';
import {
  type EventHandler,
  HandlerRegistry,
} from '../../lib/consuming/handlers/handler-registry.js';
import { EventCatalog } from '../../lib/events/event-catalog.js';
import { defineEvent, type EventDefinition } from '../../lib/events/event-definition.js';
import { long, string } from '../../lib/events/fields.js';
import { noTelemetry } from '../../lib/observability/event-bus-telemetry.js';
import { StatusBoard } from '../../lib/observability/status-board.js';
import type { EventBusSettings } from '../../lib/settings/event-bus-settings.js';
import { resolveSettings } from './resolve-settings.js';
import type { IncomingRecord } from '../../lib/transport/transport.interface.js';
import type { PreparedEvent, TransportParts } from '../../lib/transport/wire-format.interface.js';
import { StreamWireFormat } from '../../lib/transport/wire/stream-wire-format.js';

export const HAPPENED = defineEvent({
  type: 'org.openedx.test.subject.happened.v1',
  data: { learner: string(), n: long() },
});
export const OTHER = defineEvent({
  type: 'org.openedx.test.subject.other.v1',
  data: { learner: string(), n: long() },
});
/** Stands in the data of every test event: must never be seen in a log. */
export const SECRET = 'learner-secret';

const wire = new StreamWireFormat({ serviceName: 'test' });

export function preparedEvent(
  n: number,
  { event = HAPPENED as EventDefinition, topic = 'subject', learner = SECRET } = {},
): PreparedEvent {
  const codec = codecFor(event);
  return {
    type: event.type,
    topic,
    metadata: {
      type: event.type,
      id: `00000000-0000-1000-8000-${String(n).padStart(12, '0')}`,
      minorversion: 0,
      source: 'openedx/test/web',
      sourcehost: 'host',
      time: '2026-01-01T00:00:00+00:00',
      sourcelib: [11, 2, 0],
    },
    key: null,
    body: codec.encode({ learner, n }),
    schema: codec.schema,
    attributes: [],
  };
}

export function recordOf(n: number, options: Parameters<typeof preparedEvent>[1] = {}) {
  const {
    topic,
    key,
    attributes,
    value: body,
  } = wire.toRecord(preparedEvent(n, options), options.topic ?? 'subject');
  return { topic, key, attributes, value: body } satisfies IncomingRecord;
}

/** The defaults, with waits and buffers that suit a test. */
export const testSettings: EventBusSettings = resolveSettings(
  {
    ...{ transport: 'memory', serviceName: 'test', group: 'g', onFatal: 'report' },
    ...{ maxInFlight: 100, maxInFlightBytes: 1_000_000, maxBufferedRecords: 1_000 },
    ...{ connectTimeout: 200, sendTimeout: 1_000, shutdownTimeout: 1_000 },
    retry: { delayMs: 5, maxDelayMs: 20 },
  },
  { env: {} },
);

const testTiming: RuntimeTiming = {
  keepAliveMs: 10,
  stalledMs: 30_000,
  serviceFault: { delayMs: 10, factor: 1.5, maxDelayMs: 30 },
  rebuildLimitMs: 150,
  admissionNoticeMs: 3_000,
  leaveMs: 100,
};

export type HandlerBody = (
  data: { learner: string; n: number },
  context: OpenEdxEventContext,
) => unknown;

/** A runtime on the given transport, with everything it says and does recorded. */
export class ConsumingBus {
  readonly status: StatusBoard;
  readonly registry = new HandlerRegistry();
  readonly lines: string[] = [];
  readonly fatal: Error[] = [];
  readonly ends: RecordEnd[] = [];
  readonly runtime: ConsumerRuntime;
  private readonly options: ConsumerRuntimeOptions;

  constructor(
    transport: TransportParts['transport'],
    settings: Partial<EventBusSettings> = {},
    options: Partial<Omit<ConsumerRuntimeOptions, 'timing'>> & {
      timing?: Partial<RuntimeTiming>;
    } = {},
  ) {
    const catalog = new EventCatalog();
    for (const event of [HAPPENED, OTHER]) catalog.add(event);
    this.status = new StatusBoard('default');
    const say = (level: string) => (line: string) => void this.lines.push(`${level} ${line}`);
    const { timing, ...rest } = options;
    this.options = {
      settings: { ...testSettings, ...settings },
      parts: { transport, wire },
      traits: traits.memory,
      catalog,
      handlers: this.registry,
      status: this.status,
      telemetry: noTelemetry,
      logger: { log: say('log'), warn: say('warn'), error: say('error'), debug: say('debug') },
      onFatal: (error) => this.fatal.push(error),
      onRecordEnd: (end) => this.ends.push(end),
      timing: { ...testTiming, ...timing },
      ...rest,
    };
    this.runtime = new ConsumerRuntime(this.options);
  }

  /** Runs the handlers of group `g` over a range of the topic `subject`. */
  replay(range: Pick<ReplayRange, 'start' | 'until'>): Promise<void> {
    return new EventReplay(this.options, { group: 'g', topic: 'subject', ...range }).run();
  }

  handle(body: HandlerBody, handler: Partial<Omit<EventHandler, 'invoke'>> = {}): this {
    this.registry.add({
      name: 'Test.handle',
      group: 'g',
      pattern: HAPPENED.type,
      topics: ['subject'],
      ...handler,
      invoke: (data, context) => body(data as { learner: string; n: number }, context),
    });
    return this;
  }

  drain(ms = 500): Promise<void> {
    return this.runtime.drain(Date.now() + ms);
  }

  get counts() {
    return this.status.snapshot().counts;
  }
}

/** A promise to be resolved by hand. */
export function latch(): { readonly opened: Promise<void>; open(): void } {
  let open: (() => void) | undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open?.() };
}
