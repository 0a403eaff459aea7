import type { HaltedError } from '../../errors/index.js';
import { AuditLog } from '../../observability/audit-log.js';
import type { EventBusTelemetry } from '../../observability/event-bus-telemetry.js';
import { LineLimiter } from '../../observability/line-limiter.js';
import { LineRate } from '../../observability/line-rate.js';
import type { StatusBoard } from '../../observability/status-board.js';
import type { EventBusSettings } from '../../settings/event-bus-settings.js';
import type { EventTransport, Start } from '../../transport/transport.interface.js';
import type { TransportLogger } from '../../transport/wire-format.interface.js';
import type {
  ConsumerRuntimeOptions,
  RecordEnd,
  RuntimeTiming,
} from '../consumer-runtime.options.js';
import { EventDispatcher } from './event-dispatcher.js';
import { EventKeys } from './event-keys.js';
import { FailurePolicy } from './failure-policy.js';
import { RecordReader } from './event-decoder.js';
import { SourceTurns } from './source-turns.js';

/** What all groups and sources of one runtime share. */
export interface ConsumingParts {
  readonly settings: EventBusSettings;
  readonly transport: EventTransport;
  readonly start: Start;
  readonly member: string | undefined;
  readonly reader: RecordReader;
  readonly keys: EventKeys;
  readonly dispatcher: EventDispatcher;
  readonly policy: FailurePolicy;
  readonly turns: SourceTurns;
  readonly audit: AuditLog;
  readonly status: StatusBoard;
  readonly telemetry: EventBusTelemetry;
  readonly logger: TransportLogger;
  /** Lines about records, of which there may be any number. */
  readonly warnings: LineLimiter;
  /** Lines about services that records wait for. */
  readonly serviceWarnings: LineLimiter;
  /** Lines about what may fail for many records at once. */
  readonly errors: LineRate;
  /** Types of events of which the last one was not read to its end. */
  readonly partlyRead: Set<string>;
  readonly timing: RuntimeTiming;
  /** A record was settled; may stop the runtime (consecutive error limit). */
  ended(end: RecordEnd): void;
  /** A source stopped at a record by the failure policy `halt`. */
  halted(error: HaltedError): void;
}

const defaultTiming: RuntimeTiming = {
  keepAliveMs: 3_000,
  stalledMs: 30_000,
  serviceFault: { delayMs: 500, factor: 2, maxDelayMs: 30_000 },
  rebuildLimitMs: 60_000,
  admissionNoticeMs: 3_000,
  leaveMs: 1_000,
};

/** The parts as the options want them. */
export function consumingParts(
  options: ConsumerRuntimeOptions,
  runtime: Pick<ConsumingParts, 'ended' | 'halted'>,
): ConsumingParts {
  const { settings, parts, catalog, handlers, status, telemetry, logger, aroundEvent } = options;
  const timing = { ...defaultTiming, ...options.timing };
  return {
    settings,
    transport: parts.transport,
    start: options.start ?? settings.startFrom,
    member: options.member,
    reader: new RecordReader({
      wire: parts.wire,
      catalog,
      handlers,
      topicPrefix: settings.topicPrefix,
      maxDeliveries: settings.maxDeliveries,
    }),
    keys: new EventKeys(settings, parts.wire),
    dispatcher: new EventDispatcher({
      handlerTimeoutMs: settings.handlerTimeoutMs,
      ...(aroundEvent && { aroundEvent }),
    }),
    policy: new FailurePolicy({ retry: settings.retry, serviceFault: timing.serviceFault }),
    turns: new SourceTurns(settings.sourceConcurrency),
    audit: new AuditLog(settings.auditLogging, (line) => logger.log(line), options.transportName),
    status,
    telemetry,
    logger,
    warnings: new LineLimiter((line) => logger.warn(line)),
    serviceWarnings: new LineLimiter((line) => logger.warn(line), { again: true }),
    errors: new LineRate((line) => logger.error(line)),
    partlyRead: new Set(),
    timing,
    ...runtime,
  };
}

/** Says how many lines were left out and are not told yet. */
export function flushWarnings({ warnings, serviceWarnings, errors }: ConsumingParts): void {
  errors.flush();
  warnings.flush();
  serviceWarnings.flush();
}
