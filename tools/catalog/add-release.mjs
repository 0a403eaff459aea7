/** Appends the release of catalog.json to history.json. Does nothing when the release is there already. */
import { readFile, writeFile } from 'node:fs/promises';
import { addRelease } from './history.mjs';

const read = async (name) => JSON.parse(await readFile(new URL(name, import.meta.url), 'utf8'));

const history = addRelease(await read('history.json'), await read('catalog.json'));
await writeFile(
  new URL('history.json', import.meta.url),
  `${JSON.stringify(history, undefined, 2)}\n`,
);
