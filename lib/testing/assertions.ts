import assert from 'node:assert/strict';
import { monotonicNow } from '../common/clocks.js';
import type { Observable, Subscription } from 'rxjs';
import type { RecordEnd } from '../consuming/observing/consuming-observer.js';
import { SendTimeoutError } from '../errors/index.js';
import type { RecordPosition } from '../transport/transport.interface.js';

/** What `compareIds` found; every list is in the order of the input. */
export interface IdDifference {
  /** Expected and not received. */
  readonly missing: readonly string[];
  /** Received and not expected. */
  readonly extra: readonly string[];
  /** Received more than once. */
  readonly repeated: readonly string[];
}

/** Compares the ids of received records with the expected ones, in whatever order they came. */
export function compareIds(expected: readonly string[], received: readonly string[]): IdDifference {
  const wanted = new Set(expected);
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const id of received) {
    if (seen.has(id)) repeated.add(id);
    seen.add(id);
  }
  return {
    missing: expected.filter((id) => !seen.has(id)),
    extra: [...seen].filter((id) => !wanted.has(id)),
    repeated: [...repeated],
  };
}

/** Fails, naming the ids, unless every expected id was received and no other; repeats are allowed. */
export function assertAllReceived(expected: readonly string[], received: readonly string[]): void {
  const { missing, extra } = compareIds(expected, received);
  if (missing.length + extra.length === 0) return;
  assert.fail(
    `expected ${expected.length} records, received ${received.length}; ${list('missing', missing)}; ${list('extra', extra)}`,
  );
}

/** As `assertAllReceived`, and fails for ids that were received more than once. */
export function assertEachReceivedOnce(
  expected: readonly string[],
  received: readonly string[],
): void {
  assertAllReceived(expected, received);
  const { repeated } = compareIds(expected, received);
  if (repeated.length > 0) assert.fail(list('received more than once', repeated));
}

/**
 * Fails unless the first receipts of the ids come in the expected order, within each key where
 * `keyOf` is given. Redeliveries do not count.
 */
export function assertInOrder(
  expected: readonly string[],
  received: readonly string[],
  keyOf: (id: string) => string = () => '',
): void {
  const first = [...new Set(received)];
  for (const key of new Set(expected.map(keyOf))) {
    const wanted = expected.filter((id) => keyOf(id) === key);
    const got = first.filter((id) => keyOf(id) === key);
    const at = got.findIndex((id, i) => id !== wanted[i]);
    if (at >= 0) {
      assert.fail(
        `out of order${key && ` for key ${key}`}: position ${at} is ${got[at]}, expected ${wanted[at]}`,
      );
    }
  }
}

function list(what: string, ids: readonly string[]): string {
  const shown = ids.slice(0, 20).join(', ');
  return `${ids.length} ${what}${shown && `: ${shown}`}${ids.length > 20 ? ', …' : ''}`;
}

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

  /** The ends of a record in each of the groups, with those of its later retries. Rejects with SendTimeoutError when one is missing in time. */
  async of(
    position: RecordPosition,
    groups: readonly string[],
    { deadline, type, id }: { deadline: number; type: string; id: string },
  ): Promise<readonly RecordEnd[]> {
    const found = (): RecordEnd[] =>
      this.ends.filter(({ group, position: at }) => groups.includes(group) && same(at, position));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const place = { topic: position.topic, eventType: type, eventId: id };
      const ms = Math.max(0, deadline - monotonicNow());
      const error = new SendTimeoutError(`Handling in ${groups.join(', ')}`, ms, place);
      timer = setTimeout(() => reject(error), ms);
    });
    const all = new Promise<void>((resolve) => {
      this.changed = () => {
        const waiting = found().reduce((sum, end) => sum + (end.waiting ?? 0), 0);
        if (found().length >= groups.length + waiting) resolve();
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

function same(a: RecordPosition, b: RecordPosition): boolean {
  return a.topic === b.topic && a.partition === b.partition && a.offset === b.offset;
}
