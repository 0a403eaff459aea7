import { ConsumerRuntime } from '../../lib/consuming/consumer-runtime.js';
import type { RecordEnd } from '../../lib/consuming/observing/consuming-observer.js';
import type { RuntimeTiming } from '../../lib/consuming/processing/processing-context.js';
import type { OpenEdxEventContext } from '../../lib/consuming/handlers/event-context.js';
import { HandlerRegistry } from '../../lib/consuming/handlers/handler-registry.js';
import { EventCatalog } from '../../lib/events/event-catalog.js';
import { noTelemetry } from '../../lib/observability/event-bus-telemetry.js';
import { StatusBoard } from '../../lib/observability/status-board.js';
import { resolveSettings } from './resolve-settings.js';
import type { EventBusSettingsOptions } from '../../lib/settings/event-bus-settings.js';
import type { TransportFactory } from '../../lib/transport/wire-format.interface.js';

export interface HandledEvent {
  readonly data: any;
  readonly context: OpenEdxEventContext;
}

export interface EventReaderOptions {
  readonly transport: TransportFactory;
  readonly topic: string;
  readonly group: string;
  /** Called for each attempt and awaited; what it throws, the handler throws. */
  readonly handle?: ((event: HandledEvent) => unknown) | undefined;
  readonly settings?: EventBusSettingsOptions | undefined;
  readonly timing?: Partial<RuntimeTiming>;
  /** Default: a fatal end fails the test. */
  readonly onFatal?: (error: Error) => void;
}

/** Our real consumer, with one handler of every event of one topic. */
export interface EventReader {
  /** Every attempt of the handler. */
  readonly attempts: readonly HandledEvent[];
  /** How each record ended, by its offset or entry id. */
  readonly ends: ReadonlyMap<string, RecordEnd>;
  readonly status: StatusBoard;
  /** What was logged, with its level. */
  readonly lines: readonly string[];
  /** Drains and closes, each within so many ms. */
  stop(ms?: number): Promise<void>;
}

/** Resolves when it has joined the group; rejects as the runtime does. */
export async function startEventReader(options: EventReaderOptions): Promise<EventReader> {
  const { topic, group, transport, handle, timing, onFatal = fail } = options;
  const lines: string[] = [];
  const say = (level: string) => (line: string) => void lines.push(`${level} ${line}`);
  const logger = { log: say('log'), warn: say('warn'), error: say('error'), debug: say('debug') };
  const resolved = resolveSettings(
    { transport, retry: { attempts: 3, delayMs: 10 }, ...options.settings },
    { env: {} },
  );
  if (typeof resolved.transport === 'string') throw new Error('a factory was expected');
  const parts = await resolved.transport({
    bus: 'vectors',
    setting: resolved.setting,
    logger,
    serviceName: 'arena',
  });
  const attempts: HandledEvent[] = [];
  const ends = new Map<string, RecordEnd>();
  const handlers = new HandlerRegistry();
  handlers.add({
    name: 'Vectors.handle',
    group,
    pattern: '*',
    topics: [topic],
    invoke: async (data, context) => {
      attempts.push({ data, context });
      await handle?.({ data, context });
    },
  });
  const status = new StatusBoard('vectors');
  const runtime = new ConsumerRuntime({
    settings: resolved,
    parts,
    handlers,
    logger,
    catalog: EventCatalog.openEdx(),
    status,
    telemetry: noTelemetry,
    traits: transport,
    onFatal,
    onRecordEnd: (end) => ends.set(end.position.offset, end),
    ...(timing && { timing }),
  });
  const stop = async (ms = 5_000): Promise<void> => {
    await runtime.drain(Date.now() + ms);
    await parts.transport.close(Date.now() + ms);
  };
  try {
    await runtime.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { attempts, ends, status, lines, stop };
}

function fail(error: Error): never {
  throw error;
}
