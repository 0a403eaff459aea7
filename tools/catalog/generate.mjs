/**
 * Writes lib/events/catalog/ and lib/events/open-edx-event-map.ts from catalog.json, and lib/codec/history/
 * from history.json.
 * `--check` writes nothing: it exits with 1 and names each file that differs.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { indexFile, eventListFile, eventMapFile } from './collections.mjs';
import { docsFile } from './docs.mjs';
import { historyFile } from './history.mjs';
import { subdomainFile } from './subdomain.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = async (name) => JSON.parse(await readFile(new URL(name, import.meta.url), 'utf8'));
const catalog = await read('catalog.json');
const subdomains = [...new Set(catalog.events.map((event) => event.module.split('.')[1]))].sort();

const files = new Map([
  ...subdomains.map((name) => [
    `lib/events/catalog/${name.replaceAll('_', '-')}.ts`,
    subdomainFile(catalog, name),
  ]),
  ['lib/events/catalog/open-edx-events.ts', eventListFile(catalog, subdomains)],
  ['lib/events/catalog/event-docs.ts', docsFile(catalog)],
  ['lib/events/catalog/index.ts', indexFile(catalog, subdomains)],
  ['lib/events/open-edx-event-map.ts', eventMapFile(catalog, subdomains)],
  ['lib/codec/history/schema-history.ts', historyFile(await read('history.json'), catalog)],
]);

const check = process.argv.includes('--check');
for (const [name, text] of files) {
  const file = path.join(root, name);
  const header = `// Made by \`npm run catalog\` from ${catalog.package} ${catalog.version}; do not edit.\n`;
  const formatted = await format(header + text, {
    ...(await resolveConfig(file)),
    filepath: file,
  });
  if (!check) {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, formatted);
  } else if ((await readFile(file, 'utf8').catch(() => '')) !== formatted) {
    console.error(`${name} is not what the generator makes; run: npm run catalog`);
    process.exitCode = 1;
  }
}
