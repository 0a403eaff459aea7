import type {
  EventBusTelemetry,
  TelemetryContext,
} from '../../observability/event-bus-telemetry.js';
import type { IncomingRecord } from '../../transport/transport.interface.js';

interface RecordTrace {
  /** Of whoever sent the record; undefined: it carries none. */
  readonly sender: TelemetryContext | undefined;
  /** The last failed attempt of each handler that failed. */
  failed: Map<string, TelemetryContext> | undefined;
  /** Of the redrive that the record is handled in. */
  redrive: TelemetryContext | undefined;
}

/** What is known of the traces that records belong to, for as long as the records are in memory. */
export class RecordTraces {
  private readonly traces = new WeakMap<IncomingRecord, RecordTrace>();

  constructor(private readonly telemetry: EventBusTelemetry) {}

  of(record: IncomingRecord): RecordTrace {
    let trace = this.traces.get(record);
    if (!trace) {
      trace = { sender: this.senderOf(record), failed: undefined, redrive: undefined };
      this.traces.set(record, trace);
    }
    return trace;
  }

  private senderOf(record: IncomingRecord): TelemetryContext | undefined {
    const { attributes } = record;
    return this.telemetry.extract?.((name) => textOf(attributes, name));
  }
}

/** No header of a trace is longer. */
const LONGEST = 1_024;

/** By name, wherever among the headers it is; the first where there are several. */
function textOf(attributes: IncomingRecord['attributes'], name: string): string | undefined {
  for (const [given, value] of attributes)
    if (given === name) {
      if (value === null || value.length > LONGEST) return undefined;
      return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
    }
  return undefined;
}
