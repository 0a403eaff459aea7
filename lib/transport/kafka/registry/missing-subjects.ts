import { monotonicNow } from '../../../common/clocks.js';
import { ServiceFaultError, UnusableRecordError } from '../../../errors/index.js';

const MOST_KNOWN = 1_000;
/** Longer than between two tries to read a record. */
const QUIET_MS = 120_000;

/** The registry has neither a schema nor its subject: it may have come back empty, and get them back. */
export class MissingSubjectError extends ServiceFaultError {}

/** How long records have waited for subjects that the registry lacks. */
export class MissingSubjects {
  /** By `monotonicNow`. */
  private readonly known = new Map<string, { readonly since: number; seen: number }>();

  constructor(private readonly waitMs: number) {}

  /** What to make of a record whose schema and subject are not there. */
  faultOf(id: number, subject: string): MissingSubjectError | UnusableRecordError {
    const now = monotonicNow();
    const before = this.known.get(subject);
    // Long ago it was another outage.
    const isSame = before !== undefined && now - before.seen <= this.waitMs + QUIET_MS;
    const entry = isSame ? before : { since: now, seen: now };
    entry.seen = now;
    this.known.delete(subject);
    const oldest = this.known.keys().next();
    if (this.known.size >= MOST_KNOWN && !oldest.done) this.known.delete(oldest.value);
    this.known.set(subject, entry);
    const left = this.waitMs - (now - entry.since);
    const what = `schema id ${id}, subject ${subject}: the registry says twice that it has no such schema, and it has no such subject`;
    if (left > 0)
      return new MissingSubjectError(
        'Schema registry',
        `${what}, as if it had come back empty. Records wait for them for ${Math.ceil(left / 1_000)} s more (schemaRegistry.missingSubjectTimeoutMs)`,
      );
    const waited = this.waitMs > 0 ? `; the record waited for ${this.waitMs / 1_000} s` : '';
    return new UnusableRecordError(what + waited);
  }

  /** The registry has something under the subject. */
  isThere(subject: string): void {
    this.known.delete(subject);
  }
}
