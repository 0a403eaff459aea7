import { transformFile } from '@swc/core';
import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PROJECT } from '../../services/service-cache.js';

export interface BuiltLibrary {
  /** Address of the folder, with a slash at its end. */
  readonly address: string;
  remove(): Promise<void>;
}

/** Compiles `lib` as it stands, for processes that run on plain Node. Whoever made it removes it. */
export async function buildLibrary(
  folder = join(PROJECT, '.cache', `faults-${process.pid}`),
): Promise<BuiltLibrary> {
  const lib = join(PROJECT, 'lib');
  const options = { configFile: join(PROJECT, '.swcrc'), sourceMaps: false } as const;
  const files = await readdir(lib, { recursive: true, withFileTypes: true });
  for (const file of files) {
    if (!file.isFile()) continue;
    const source = join(file.parentPath, file.name);
    const target = join(folder, source.slice(lib.length));
    await mkdir(dirname(target), { recursive: true });
    if (file.name.endsWith('.ts'))
      await writeFile(target.replace(/\.ts$/, '.js'), (await transformFile(source, options)).code);
    else await copyFile(source, target);
  }
  return {
    address: `${pathToFileURL(folder).href}/`,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
