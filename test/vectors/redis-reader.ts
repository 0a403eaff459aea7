import { ConsumerRuntime } from '../../lib/consuming/consumer-runtime.js';
import type { RecordEnd } from '../../lib/consuming/consumer-runtime.options.js';
import type { OpenEdxEventContext } from '../../lib/consuming/event-context.js';
import { HandlerRegistry } from '../../lib/consuming/handler-registry.js';
import { EventCatalog } from '../../lib/events/event-catalog.js';
import { noTelemetry } from '../../lib/observability/event-bus-telemetry.js';
import { StatusBoard } from '../../lib/observability/status-board.js';
import { resolveSettings } from '../../lib/settings/resolve-settings.js';
import type { EventBusSettingsOptions } from '../../lib/settings/settings-options.js';
import { redisTransport } from '../../lib/transport/redis/index.js';
import { sharedRedisUrl } from '../services/shared-services.js';

export interface HandledEvent {
  readonly data: any;
  readonly context: OpenEdxEventContext;
}

export interface ReaderOptions {
  readonly topic: string;
  readonly member: string;
  /** Called for each attempt and awaited; what it throws, the handler throws. */
  readonly handle?: (event: HandledEvent) => unknown;
  readonly settings?: EventBusSettingsOptions;
  /** Default: the shared Redis. */
  readonly url?: string;
  /** Seconds after which what another member has in hand is taken over. */
  readonly claimIdle?: number;
}

/** Our real consumer on the shared Redis, as one member of the group `g`, with one handler of every event. */
export interface Reader {
  /** Every attempt of the handler. */
  readonly attempts: readonly HandledEvent[];
  /** How each record ended, by its entry id. */
  readonly ends: ReadonlyMap<string, RecordEnd>;
  readonly status: StatusBoard;
  /** What was logged, with its level. */
  readonly lines: readonly string[];
  /** Drains and closes, each within so many ms. */
  stop(ms?: number): Promise<void>;
}

export async function startReader({
  topic,
  member,
  handle,
  settings,
  url = sharedRedisUrl(),
  claimIdle,
}: ReaderOptions): Promise<Reader> {
  const lines: string[] = [];
  const say = (level: string) => (line: string) => void lines.push(`${level} ${line}`);
  const logger = { log: say('log'), warn: say('warn'), error: say('error'), debug: say('debug') };
  const resolved = resolveSettings(
    {
      transport: redisTransport({
        ...{ url, consumerName: member },
        ...(claimIdle !== undefined && { claimIdle }),
      }),
      retry: { attempts: 3, delayMs: 10 },
      ...settings,
    },
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
    group: 'g',
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
    transportName: 'redis',
    onFatal: (error) => {
      throw error;
    },
    onRecordEnd: (end) => ends.set(end.position.offset, end),
  });
  await runtime.start();
  return {
    attempts,
    ends,
    status,
    lines,
    stop: async (ms = 5000) => {
      await runtime.drain(Date.now() + ms);
      await parts.transport.close(Date.now() + ms);
    },
  };
}
