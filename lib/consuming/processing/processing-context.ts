import { type HaltedError, TooManyErrorsError } from '../../errors/index.js';
import { AuditLog } from '../../observability/audit-log.js';
import type { EventBusTelemetry } from '../../observability/event-bus-telemetry.js';
import { LineLimiter, LineRate } from '../../observability/line-limits.js';
import type { StatusBoard } from '../../observability/status-board.js';
import type { EventBusSettings } from '../../settings/event-bus-settings.js';
import type { RetrySettings } from '../../settings/failure-settings.js';
import type { EventTransport, StartPosition } from '../../transport/transport.interface.js';
import type {
  EventBusLogger,
  TransportParts,
  TransportTraits,
} from '../../transport/wire-format.interface.js';
import { EventDispatcher } from './event-dispatcher.js';
import { EventKeys } from './event-keys.js';
import { FailurePolicy } from './failure-policy.js';
import { EventDecoder } from './event-decoder.js';
import { SourceSemaphore } from './lanes.js';
import { RetryDelays } from './retry-delays.js';
import type { EventCatalog } from '../../events/event-catalog.js';
import type { OpenEdxEventContext } from '../handlers/event-context.js';
import type { DeadLetterHook } from '../dead-letters/dead-letter-hook.js';
import type { DeadLetters } from '../dead-letters/dead-letters.js';
import { LetterWriter } from '../dead-letters/letter-writer.js';
import { RetryWriter } from '../later-retries/retry-writer.js';
import type { HandlerRegistry } from '../handlers/handler-registry.js';
import type { EventMarks } from '../idempotency/event-marks.js';
import { IdempotentDispatcher } from '../idempotency/idempotent-dispatcher.js';
import { ConsumingObserver, type RecordEnd } from '../observing/consuming-observer.js';

/** Intervals in ms that only tests have reason to change. */
export interface RuntimeTiming {
  /** Between `keepAlive` calls for records in flight. */
  readonly keepAliveMs: number;
  /** How long a record in flight may wait, with nothing known holding it up, before it is warned of. */
  readonly stalledMs: number;
  /** Between attempts while the broker, the registry or a service that a handler needs is unavailable; jittered. */
  readonly serviceFault: Omit<RetrySettings, 'attempts'>;
  /** How long a lost subscription may fail to come back before the bus counts as failed. */
  readonly rebuildLimitMs: number;
  /** How long a group may take to admit this member before the log says what it waits for. */
  readonly admissionNoticeMs: number;
  /** Time for leaving the broker when a drain is past its deadline. */
  readonly leaveMs: number;
}

export interface ConsumerRuntimeOptions {
  readonly settings: EventBusSettings;
  readonly parts: TransportParts;
  readonly catalog: EventCatalog;
  readonly handlers: HandlerRegistry;
  readonly status: StatusBoard;
  readonly telemetry: EventBusTelemetry;
  readonly logger: EventBusLogger;
  /** Consuming ended for good (halted, too many errors, subscription lost). Called once at most. */
  readonly onFatal: (error: Error) => void;
  /** Wraps the call of each handler, for scopes such as AsyncLocalStorage. */
  readonly aroundEvent?: <T>(context: OpenEdxEventContext, run: () => T) => T;
  /** Called when a record was settled; must not throw. */
  readonly onRecordEnd?: (end: RecordEnd) => void;
  readonly onDeadLetter?: DeadLetterHook | undefined;
  /** What idempotent handlers have handled. Its owner opens and closes it. */
  readonly marks?: EventMarks | undefined;
  /** Whether idempotent handlers get also what they have handled. Default false. */
  readonly again?: boolean | undefined;
  /** For a new group; default: `settings.startFrom`. */
  readonly start?: StartPosition;
  /** Name of this member of its groups; default: the transport's. */
  readonly member?: string;
  readonly traits: TransportTraits;
  readonly timing?: Partial<RuntimeTiming>;
  /** Redrives letters, where other processes may ask for it. */
  readonly redrives?: Pick<DeadLetters, 'redrive'>;
  /** Whether failed records may be left to wait for later retries. */
  readonly retriesLater?: boolean;
  readonly delays?: RetryDelays;
}

/** What all groups and sources of one runtime share. */
export interface ProcessingContext {
  readonly settings: EventBusSettings;
  readonly transport: EventTransport;
  readonly start: StartPosition;
  readonly member: string | undefined;
  readonly decoder: Pick<EventDecoder, 'read'>;
  readonly keys: EventKeys;
  readonly dispatcher: Pick<EventDispatcher, 'dispatch'>;
  readonly marks: EventMarks | undefined;
  readonly again: boolean;
  readonly policy: FailurePolicy;
  readonly letters: LetterWriter;
  /** Undefined where records are not left to wait for later retries: in a replay and a redrive. */
  readonly retries: RetryWriter | undefined;
  readonly turns: SourceSemaphore;
  readonly delays: RetryDelays;
  readonly audit: AuditLog;
  readonly status: StatusBoard;
  readonly observer: ConsumingObserver;
  readonly logger: EventBusLogger;
  /** Warnings about records: ten of a kind in a minute, each with another name, then how many were left out. */
  readonly warnings: LineLimiter;
  /** Warnings about services that records wait for: likewise, and the same name again after a minute. */
  readonly serviceWarnings: LineLimiter;
  /** Errors that many records may have at once: of each kind one a second, with the number of those left out. */
  readonly errors: LineRate;
  /** Types of events of which the last one was not read to its end. */
  readonly partlyRead: Set<string>;
  readonly timing: RuntimeTiming;
  /** A record ended in failure, perhaps in one too many. */
  failed(end: RecordEnd): void;
  /** A source stopped at a record by the failure policy `halt`. */
  halted(error: HaltedError): void;
}

/** What ends consuming for good. */
export interface FatalEnds extends Pick<ProcessingContext, 'halted'> {
  /** As many records in a row as `consecutiveErrorsLimit` ended in failure; told again for each further one. */
  tooManyErrors(error: TooManyErrorsError): void;
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
export function processingContext(
  options: ConsumerRuntimeOptions,
  fatal: FatalEnds,
): ProcessingContext {
  const { settings, parts, catalog, handlers, status, logger, aroundEvent } = options;
  const timing = { ...defaultTiming, ...options.timing };
  const errors = new LineRate((line, fields) => logger.error(line, fields));
  const observer = new ConsumingObserver({ ...options, bus: settings.bus, errors });
  const policy = new FailurePolicy({ settings, serviceFault: timing.serviceFault, logger });
  const writing = {
    ...{ settings, transport: parts.transport },
    delayAfter: (failures: number) => policy.serviceDelay(failures),
  };
  const dispatcher = new EventDispatcher({
    handlerTimeoutMs: settings.handlerTimeoutMs,
    observer,
    ...(aroundEvent && { aroundEvent }),
  });
  const { marks, again = false } = options;
  return {
    settings,
    transport: parts.transport,
    start: options.start ?? settings.startFrom,
    member: options.member,
    decoder: new EventDecoder({
      wire: parts.wire,
      catalog,
      handlers,
      topicPrefix: settings.topicPrefix,
      maxDeliveries: settings.maxDeliveries,
    }),
    keys: new EventKeys(settings, parts.wire),
    dispatcher: marks ? new IdempotentDispatcher({ inner: dispatcher, marks, again }) : dispatcher,
    ...{ marks, again },
    policy,
    letters: new LetterWriter(writing),
    retries: options.retriesLater ? new RetryWriter(writing) : undefined,
    turns: new SourceSemaphore(settings.sourceConcurrency),
    delays: options.delays ?? new RetryDelays(),
    audit: new AuditLog(settings.auditLogging, logger, options.traits),
    status,
    observer,
    logger,
    warnings: new LineLimiter((line, fields) => logger.warn(line, fields)),
    serviceWarnings: new LineLimiter((line, fields) => logger.warn(line, fields), { again: true }),
    errors,
    partlyRead: new Set(),
    timing,
    failed: ({ position, group, type, error: cause }) => {
      const failures = status.failed();
      const limit = settings.consecutiveErrorsLimit;
      if (limit === 0 || failures < limit) return;
      const place = { topic: position.topic, group, ...(type && { eventType: type }) };
      fatal.tooManyErrors(new TooManyErrorsError(limit, { ...place, cause }));
    },
    halted: (error) => fatal.halted(error),
  };
}

/** Says how many lines were left out and are not told yet. */
export function flushWarnings({ warnings, serviceWarnings, errors }: ProcessingContext): void {
  errors.flush();
  warnings.flush();
  serviceWarnings.flush();
}
