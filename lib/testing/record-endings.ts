import { monotonicNow } from '../common/clocks.js';
import type { Observable, Subscription } from 'rxjs';
import type { RecordEnd } from '../consuming/processing/processing-context.js';
import { DeadlineError } from '../errors/index.js';
import type { Position } from '../transport/transport.interface.js';

/** Collects how records end from the moment it is made, so that none is missed. */
export class RecordEndings {
  private readonly ends: RecordEnd[] = [];
  private readonly subscription: Subscription;
  private changed = (): void => undefined;

  constructor(recordEnds: Observable<RecordEnd>) {
    this.subscription = recordEnds.subscribe((end) => {
      this.ends.push(end);
      this.changed();
    });
  }

  /** The end of a record in each of the groups. Rejects with DeadlineError when one is missing in time. */
  async of(
    position: Position,
    groups: readonly string[],
    { deadline, type, id }: { deadline: number; type: string; id: string },
  ): Promise<readonly RecordEnd[]> {
    const found = (): RecordEnd[] =>
      this.ends.filter(({ group, position: at }) => groups.includes(group) && same(at, position));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const place = { topic: position.topic, eventType: type, eventId: id };
      const error = new DeadlineError(`Handling in ${groups.join(', ')}`, place);
      timer = setTimeout(() => reject(error), Math.max(0, deadline - monotonicNow()));
    });
    const all = new Promise<void>((resolve) => {
      this.changed = () => {
        if (found().length >= groups.length) resolve();
      };
      this.changed();
    });
    try {
      await Promise.race([all, late]);
    } finally {
      clearTimeout(timer);
    }
    return found();
  }

  close(): void {
    this.subscription.unsubscribe();
  }
}

function same(a: Position, b: Position): boolean {
  return a.topic === b.topic && a.partition === b.partition && a.offset === b.offset;
}
