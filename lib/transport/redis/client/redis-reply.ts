/** Replies of Redis, with bulk strings as Buffers, in the shapes of RESP2 and of RESP3. */

export interface StreamEntry {
  readonly id: string;
  /** null: the entry is gone, trimmed or deleted while it was pending. */
  readonly fields: readonly (readonly [string, Buffer])[] | null;
}

export function text(reply: unknown): string {
  if (Buffer.isBuffer(reply)) return reply.toString('utf8');
  return typeof reply === 'string' || typeof reply === 'number' || typeof reply === 'bigint'
    ? String(reply)
    : '';
}

/** Key and value of a map reply: nested pairs, a flat list, or a Map. */
function pairs(reply: unknown): [string, unknown][] {
  if (reply instanceof Map) return [...reply].map(([key, value]) => [text(key), value]);
  if (!Array.isArray(reply)) return [];
  const list = reply as unknown[];
  if (Array.isArray(list[0]) && list[0].length === 2)
    return (list as [unknown, unknown][]).map(([key, value]) => [text(key), value]);
  const result: [string, unknown][] = [];
  for (let i = 0; i + 1 < list.length; i += 2) result.push([text(list[i]), list[i + 1]]);
  return result;
}

export function streamEntries(reply: unknown): StreamEntry[] {
  if (!Array.isArray(reply)) return [];
  const entries = reply.filter((entry) => Array.isArray(entry)) as [unknown, unknown][];
  return entries.map(([id, fields]) => ({
    id: text(id),
    fields: Array.isArray(fields) ? fieldPairs(fields as Buffer[]) : null,
  }));
}

function fieldPairs(flat: readonly Buffer[]): [string, Buffer][] {
  const fields: [string, Buffer][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) fields.push([flat[i]!.toString(), flat[i + 1]!]);
  return fields;
}

/** Entries of each stream, from XREAD and XREADGROUP. */
export function entriesByStream(reply: unknown): [stream: string, entries: StreamEntry[]][] {
  return pairs(reply).map(([stream, entries]) => [stream, streamEntries(entries)]);
}

/** The maps of XINFO GROUPS and XINFO CONSUMERS, and the one of XINFO STREAM. */
export function infoMaps(reply: unknown): Map<string, unknown>[] {
  return Array.isArray(reply) ? reply.map(infoMap) : [];
}

export function infoMap(reply: unknown): Map<string, unknown> {
  return new Map(pairs(reply));
}

/** A number of an info map; null where Redis does not know it or is too old to say. */
export function infoNumber(map: Map<string, unknown>, name: string): number | null {
  const value = map.get(name);
  return value === undefined || value === null ? null : Number(text(value));
}

export interface PendingEntry {
  readonly id: string;
  readonly owner: string;
  /** Since it was last given to somebody, or touched: by the clock of Redis. */
  readonly idleMs: number;
  readonly deliveryCount: number;
}

/** The extended form of XPENDING. */
export function pendingEntries(reply: unknown): PendingEntry[] {
  if (!Array.isArray(reply)) return [];
  return (reply as unknown[][]).map(([id, owner, idle, count]) => ({
    id: text(id),
    owner: text(owner),
    idleMs: Number(text(idle)),
    deliveryCount: Number(text(count)),
  }));
}
