import type { EventCatalog } from '../events/event-catalog.js';
import type { EventMetadata } from '../events/event-metadata.js';
import type { EventBusTelemetry } from '../observability/event-bus-telemetry.js';
import type { StatusBoard } from '../observability/status-board.js';
import type { EventBusSettings, RetrySettings } from '../settings/event-bus-settings.js';
import type { Position, Start } from '../transport/transport.interface.js';
import type { TransportLogger, TransportParts } from '../transport/wire-format.interface.js';
import type { OpenEdxEventContext } from './handlers/event-context.js';
import type { HandlerRegistry } from './handlers/handler-registry.js';

/** How a record ended: reported once, when it is settled. */
export interface RecordEnd {
  /**
   * `handled`: all handlers succeeded. `failed`: the failure policy recovered it (`log`). `unusable`:
   * as `failed`, for a record that is no event. `unknownType` and `noHandler`: skipped.
   */
  readonly result: 'handled' | 'failed' | 'unusable' | 'unknownType' | 'noHandler';
  readonly group: string;
  /** Without the environment prefix. */
  readonly topic: string;
  readonly position: Position;
  /** Where the record could be read that far. */
  readonly type?: string;
  readonly metadata?: EventMetadata;
  readonly error?: Error;
}

/** Intervals in ms that only tests have reason to change. */
export interface RuntimeTiming {
  /** Between `keepAlive` calls for records in hand. */
  readonly keepAliveMs: number;
  /** How long a record in hand may wait, with nothing known holding it up, before it is warned of. */
  readonly stalledMs: number;
  /** Between attempts while the broker, the registry or a service that a handler needs is away; jittered. */
  readonly serviceFault: Omit<RetrySettings, 'attempts'>;
  /** How long a lost subscription may fail to come back before the bus counts as failed. */
  readonly rebuildLimitMs: number;
  /** How long a group may take to let us in before the log says what it waits for. */
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
  readonly logger: TransportLogger;
  /** Consuming ended for good (halted, too many errors, subscription lost). Called once at most. */
  readonly onFatal: (error: Error) => void;
  /** Wraps the call of each handler, for scopes such as AsyncLocalStorage. */
  readonly aroundEvent?: <T>(context: OpenEdxEventContext, run: () => T) => T;
  /** Called when a record was settled; must not throw. */
  readonly onRecordEnd?: (end: RecordEnd) => void;
  /** For a new group; default: `settings.startFrom`. */
  readonly start?: Start;
  /** Name of this member of its groups; default: the transport's. */
  readonly member?: string;
  /** `redis`, `kafka`, `memory`: gives the audit lines the reference's words. */
  readonly transportName?: string;
  readonly timing?: Partial<RuntimeTiming>;
}
