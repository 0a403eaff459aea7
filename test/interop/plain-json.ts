const TAGS: Record<string, (text: string) => unknown> = {
  $long: BigInt,
  $float: Number,
  $bytes: (text) => Buffer.from(text, 'hex'),
};

/** Event data from the plain JSON of the vectors: tagged numbers and bytes become JavaScript's. */
export function untag(value: unknown): any {
  if (Array.isArray(value)) return value.map(untag);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [name, text] = entries[0] ?? [];
  if (entries.length === 1 && name! in TAGS) return TAGS[name!]!(text as string);
  return Object.fromEntries(entries.map(([key, item]) => [key, untag(item)]));
}

/** Event data, as a handler gets it, in the plain JSON of the vectors. */
export function plain(value: unknown): any {
  if (typeof value === 'bigint') return { $long: `${value}` };
  if (typeof value === 'number') {
    if (Object.is(value, -0)) return { $float: '-0.0' };
    return Number.isFinite(value) ? value : { $float: `${value}` };
  }
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('hex') };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
