import { transformFile } from '@swc/core';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = join(ROOT, '.cache', 'bench');

/** Compiles rooms of `lib` as they stand, so that a benchmark never measures an old build. Returns their address. */
export async function buildLib(...rooms) {
  await rm(OUT, { recursive: true, force: true });
  for (const room of rooms)
    for (const file of await readdir(join(ROOT, 'lib', room), { recursive: true })) {
      if (!file.endsWith('.ts')) continue;
      const { code } = await transformFile(join(ROOT, 'lib', room, file), {
        configFile: join(ROOT, '.swcrc'),
        sourceMaps: false,
      });
      const target = join(OUT, room, file.replace(/\.ts$/, '.js'));
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, code);
    }
  return new URL('../.cache/bench/', import.meta.url);
}
