import { transformFile } from '@swc/core';
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Compiles rooms of `lib` as they stand into a folder, so that nobody measures an old build. Returns the folder's address. */
export const buildLib = (folder, ...rooms) => compile(join(ROOT, 'lib'), folder, rooms);

/** Compiles the `lib` of another commit into a folder, to be measured beside today's. Returns the folder's address. */
export async function buildLibOf(commit, folder) {
  const source = resolve(ROOT, `${folder}-source`);
  await rm(source, { recursive: true, force: true });
  await mkdir(source, { recursive: true });
  const archive = execFileSync('git', ['archive', commit, 'lib'], {
    cwd: ROOT,
    maxBuffer: 2 ** 30,
  });
  execFileSync('tar', ['-x', '-C', source], { input: archive });
  return compile(join(source, 'lib'), folder, ['.']);
}

async function compile(lib, folder, rooms) {
  const out = resolve(ROOT, folder);
  await rm(out, { recursive: true, force: true });
  for (const room of rooms)
    for (const file of await readdir(join(lib, room), { recursive: true })) {
      if (!file.endsWith('.ts')) continue;
      const { code } = await transformFile(join(lib, room, file), {
        configFile: join(ROOT, '.swcrc'),
        sourceMaps: false,
      });
      const target = join(out, room, file.replace(/\.ts$/, '.js'));
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, code);
    }
  return pathToFileURL(`${out}/`);
}
