import type { HaltedError } from '../errors/index.js';
import type { AuditLog } from '../observability/audit-log.js';
import type { EventBusTelemetry } from '../observability/event-bus-telemetry.js';
import type { OncePer } from '../observability/once-per.js';
import type { StatusBoard } from '../observability/status-board.js';
import type { EventBusSettings } from '../settings/event-bus-settings.js';
import type { EventTransport, Start } from '../transport/transport.interface.js';
import type { TransportLogger } from '../transport/wire-format.interface.js';
import type { RecordEnd, RuntimeTiming } from './consumer-runtime.options.js';
import type { EventDispatcher } from './event-dispatcher.js';
import type { EventKeys } from './event-keys.js';
import type { FailurePolicy } from './failure-policy.js';
import type { RecordReader } from './record-reader.js';
import type { SourceTurns } from './source-turns.js';

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
  readonly warned: OncePer;
  readonly timing: RuntimeTiming;
  /** A record was settled; may stop the runtime (consecutive error limit). */
  ended(end: RecordEnd): void;
  /** A source stopped at a record by the failure policy `halt`. */
  halted(error: HaltedError): void;
}
