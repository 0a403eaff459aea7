import { transformFile } from '@swc/core';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Compiles rooms of `lib` as they stand into a folder, so that nobody measures an old build. Returns the folder's address. */
export async function buildLib(folder, ...rooms) {
  const out = resolve(ROOT, folder);
  await rm(out, { recursive: true, force: true });
  for (const room of rooms)
    for (const file of await readdir(join(ROOT, 'lib', room), { recursive: true })) {
      if (!file.endsWith('.ts')) continue;
      const { code } = await transformFile(join(ROOT, 'lib', room, file), {
        configFile: join(ROOT, '.swcrc'),
        sourceMaps: false,
      });
      const target = join(out, room, file.replace(/\.ts$/, '.js'));
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, code);
    }
  return pathToFileURL(`${out}/`);
}
