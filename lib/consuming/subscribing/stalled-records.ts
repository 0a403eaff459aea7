import { outsideText } from '../../errors/outside-text.js';
import type { StalledRecord } from '../../observability/event-bus-status.js';
import type { RecordPosition } from '../../transport/transport.interface.js';
import type { ProcessingContext } from '../processing/processing-context.js';

/** A record that could be worked on at this moment, as far as the one who has it knows. */
export interface IdleRecord {
  readonly position: RecordPosition;
  /** Where it is. */
  readonly place: StalledRecord['place'];
}

interface Sighting {
  /** As `performance.now()`. */
  readonly since: number;
  looks: number;
  warned: boolean;
}

/** A loop that was blocked proves nothing: so often a record must have been seen. */
const LEAST_LOOKS = 3;

const words: Readonly<Record<StalledRecord['place'], string>> = {
  transport: 'it was fetched, but its processing has not begun',
  reading: 'its decoding has not finished',
  lane: 'its handlers have not started, although no earlier record with the same key is being handled',
};

/**
 * Finds records of one group that are in flight and that nobody works on: warns once of each, and keeps them in the
 * status until somebody does. Looks from time to time.
 */
export class StalledRecords {
  private seen = new Map<string, Sighting>();

  constructor(
    private readonly parts: Pick<ProcessingContext, 'timing' | 'status' | 'logger'>,
    private readonly group: string,
  ) {}

  look(idle: readonly IdleRecord[], now = performance.now()): void {
    if (idle.length === 0 && this.seen.size === 0) return;
    const seen = new Map<string, Sighting>();
    const stalled: StalledRecord[] = [];
    for (const { position, place } of idle) {
      const { topic, partition, offset } = position;
      const key = `${place} ${partition} ${offset} ${topic}`;
      const sighting = this.seen.get(key) ?? { since: now, looks: 0, warned: false };
      seen.set(key, sighting);
      const ms = now - sighting.since;
      if (++sighting.looks < LEAST_LOOKS || ms < this.parts.timing.stalledMs) continue;
      const found = { group: this.group, position, place, waitingMs: Math.round(ms) };
      stalled.push(found);
      if (!sighting.warned) this.warn(found);
      sighting.warned = true;
    }
    this.seen = seen;
    this.parts.status.stalled(this.group, stalled);
  }

  /** Nothing is in flight any more. */
  end(): void {
    this.look([]);
  }

  private warn({ position: { topic, partition, offset }, place, waitingMs }: StalledRecord): void {
    this.parts.logger.error(
      `No progress on a record of group ${outsideText(this.group)} for ${Math.round(waitingMs / 1_000)} s, for no known reason: ` +
        `topic=${outsideText(topic)}, partition=${partition}, offset=${offset} (${words[place]}). ` +
        'It is not acknowledged, and later records may wait for it. ' +
        'If this does not change, restart the process; the record is then redelivered.',
      { group: this.group, topic, partition, offset },
    );
  }
}
