/**
 * The history of layouts: `layoutText` writes the layout of one event of a catalogue in the notation of
 * history.json (README.md beside this file), `addRelease` appends what a release changed, `historyFile`
 * makes the form that the library reads.
 */
const PRIMITIVES = { str: 'string', int: 'long', float: 'double', bool: 'boolean', bytes: 'bytes' };

export function layoutText(catalog, initData) {
  const seen = new Set();
  const typeText = (type) => {
    const generic = /^(list|dict)\[(?:str, )?(.*)\]$/.exec(type);
    if (generic?.[1] === 'list') return `[${typeText(generic[2])}]`;
    if (generic) return `{${typeText(generic[2])}}`;
    const { fields } = catalog.classes[type] ?? {};
    if (fields === undefined) return PRIMITIVES[type] ?? 'text';
    const name = type.split('.').at(-1);
    if (seen.has(name)) return name;
    seen.add(name);
    const members = Object.entries(fields).map(
      ([field, { type, default: value }]) =>
        `${field}:${value === null ? '?' : ''}${typeText(type)}`,
    );
    return `${name}(${members.join(',')})`;
  };
  return Object.entries(initData)
    .map(([name, type]) => `${name}:${typeText(type)}`)
    .join(',');
}

/** The history with the release of the catalogue at its end. Events that the release lacks are dropped. */
export function addRelease(history, catalog) {
  if (history.releases.includes(catalog.version)) return history;
  const events = {};
  for (const { event_type: type, init_data, schema_sha256: sha256 } of catalog.events) {
    if (sha256 === null) continue;
    const known = history.events[type] ?? [];
    const layout = layoutText(catalog, init_data);
    events[type] =
      known.at(-1)?.layout === layout
        ? [...known.slice(0, -1), { ...known.at(-1), sha256 }]
        : [...known, { from: catalog.version, sha256, layout }];
  }
  return { ...history, releases: [...history.releases, catalog.version], events };
}

export function historyFile(history, catalog) {
  if (history.releases.at(-1) !== catalog.version)
    throw new Error(
      'history.json ends at another release; run: node tools/catalog/add-release.mjs',
    );
  const names = new Map();
  for (const layouts of Object.values(history.events))
    for (const { layout } of layouts.slice(0, -1))
      if (!names.has(layout)) names.set(layout, `L${names.size + 1}`);
  const rows = Object.entries(history.events).map(([type, layouts]) => {
    const entries = layouts.map(({ from, layout }, at) =>
      at === layouts.length - 1 ? `['${from}']` : `['${from}', ${names.get(layout)}]`,
    );
    return `  '${type}': [${entries.join(', ')}],`;
  });
  return `
/** A schema version: the first release that writes it, and its text unless it is that of our own release. */
export type SchemaHistoryEntry = readonly [from: string, notation?: string];

${[...names].map(([layout, name]) => `const ${name} =\n  '${layout}';`).join('\n')}

/** The schema versions of every event that can travel, oldest first, since ${history.releases[0]}. */
export const SCHEMA_HISTORY: Readonly<Record<string, readonly SchemaHistoryEntry[]>> = {
${rows.join('\n')}
};
`;
}
