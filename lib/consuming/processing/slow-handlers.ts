import type { LogFields } from '../../common/log-fields.js';
import { outsideText } from '../../errors/outside-text.js';
import type { SlowHandler } from '../../observability/event-bus-status.js';
import type { ProcessingContext } from './processing-context.js';
import type { RecordProcessor } from './record-processor.js';

interface Sighting {
  readonly attempt: number;
  /** As `performance.now()`. */
  readonly since: number;
  warned: boolean;
}

/**
 * Finds handlers of one source that run for longer than `handlerWarnAfter`: warns once for each attempt, and keeps
 * them in the status until they end. Looks from time to time, so a run is seen up to one interval late.
 */
export class SlowHandlers {
  private seen = new Map<RecordProcessor, Sighting>();

  constructor(
    private readonly parts: Pick<ProcessingContext, 'settings' | 'status' | 'logger'>,
    private readonly group: string,
    private readonly source: string,
  ) {}

  /** `working`: the events that are being handled at this moment. */
  look(working: readonly RecordProcessor[], now = performance.now()): void {
    const { handlerWarnAfterMs } = this.parts.settings;
    if (handlerWarnAfterMs === 0) return;
    const seen = new Map<RecordProcessor, Sighting>();
    const slow: SlowHandler[] = [];
    for (const task of working) {
      if (!task.isHandling) continue;
      const { attempt } = task.waitsFor;
      const before = this.seen.get(task);
      const sighting =
        before?.attempt === attempt ? before : { attempt, since: now, warned: false };
      seen.set(task, sighting);
      if (now - sighting.since < handlerWarnAfterMs) continue;
      const found = this.describe(task, now - sighting.since);
      slow.push(found);
      if (!sighting.warned)
        this.warn(found, { ...task.fields, handler: found.handlers.join(', ') });
      sighting.warned = true;
    }
    this.seen = seen;
    this.parts.status.slow(this.group, this.source, slow);
  }

  private describe(task: RecordProcessor, ms: number): SlowHandler {
    const { eventType = 'unknown', eventId = 'unknown' } = task.place;
    return {
      handlers: task.waitsFor.handlers,
      group: this.group,
      eventType: outsideText(eventType),
      eventId: outsideText(eventId),
      position: task.delivery.position,
      runningMs: Math.round(ms),
    };
  }

  private warn(
    { handlers, eventType, eventId, position, runningMs }: SlowHandler,
    fields: LogFields,
  ): void {
    const { topic, partition, offset } = position;
    this.parts.logger.warn(
      `Handlers of group ${this.group} have not finished after ${Math.round(runningMs / 1_000)} s: ${handlers.join(', ')} ` +
        `(topic=${topic}, partition=${partition}, offset=${offset}, event_type=${eventType}, message_id=${eventId}). ` +
        'Later events with the same key wait for them; with concurrency 1, all later events of the partition or stream. To limit the time of handlers, set the option handlerTimeout.',
      fields,
    );
  }
}
