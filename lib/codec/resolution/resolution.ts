import type { Skip } from './layout-skipper.js';
import { UnusableLayout } from '../avro/malformed.js';
import type { ResolvedBody } from './resolved-body.js';
import type { WriterBody } from './writer-body.js';

/** Moves behind a value of the writer and puts it as the event's own schema has it. Throws MalformedBody. */
export type Copy = (from: WriterBody, to: ResolvedBody) => void;

/** How values of a writer's type become values of the event's. */
export interface Resolution {
  readonly copy: Copy;
  /** Whether the bytes stay as they are. */
  readonly same: boolean;
}

export const changed = (copy: Copy): Resolution => ({ copy, same: false });

/** The bytes as they are, once they are checked. */
export const unchanged = (skip: Skip): Resolution => ({
  same: true,
  copy: (from, to) => {
    const start = from.at;
    skip(from);
    to.put(from.bytes, start, from.at);
  },
});

/** What is found out only where a record carries it. */
export function unresolvable(where: string, reason: string): Resolution {
  return changed(() => {
    throw new UnusableLayout(
      `${where}: the schema of the writer does not resolve to that of the event: ${reason}`,
    );
  });
}
