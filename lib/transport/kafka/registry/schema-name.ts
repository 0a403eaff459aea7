const MOST_KNOWN = 1_000;
const names = new Map<string, string | undefined>();

/** The full name of a schema; undefined for one without a namespace, which may be any event's, or that is no schema. */
export function schemaName(schema: string): string | undefined {
  if (names.has(schema)) return names.get(schema);
  const name = nameIn(schema);
  if (names.size >= MOST_KNOWN) names.clear();
  names.set(schema, name);
  return name;
}

function nameIn(schema: string): string | undefined {
  try {
    const { name, namespace } = JSON.parse(schema) as Record<string, unknown>;
    if (typeof name !== 'string') return undefined;
    if (name.includes('.')) return name;
    return typeof namespace === 'string' && namespace !== '' ? `${namespace}.${name}` : undefined;
  } catch {
    return undefined;
  }
}
