import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram, run } from './child-process.js';

/**
 * Unpacks Debian packages, with those they depend on, into a folder: nothing is installed and
 * nothing is started. Rejects when apt or dpkg is missing or a package cannot be had.
 */
export async function unpackDebianPackages(names: readonly string[], into: string): Promise<void> {
  if (!findProgram('apt-get') || !findProgram('dpkg-deb')) {
    throw new Error('no apt-get and dpkg-deb here');
  }
  await refreshLists();
  const wanted = [...new Set([...names, ...(await dependencies(names))])];
  await run('apt-get', ['download', ...wanted], { cwd: into });
  for (const file of await readdir(into)) {
    if (!file.endsWith('.deb')) continue;
    await run('dpkg-deb', ['-x', join(into, file), into]);
    await rm(join(into, file));
  }
}

/** The folders of shared libraries inside unpacked packages, for LD_LIBRARY_PATH. */
export async function unpackedLibraries(folder: string): Promise<string> {
  const found: string[] = [];
  for (const lib of [join(folder, 'usr', 'lib'), join(folder, 'lib')]) {
    const names = await readdir(lib).catch(() => []);
    found.push(...names.filter((n) => n.endsWith('-linux-gnu')).map((name) => join(lib, name)));
  }
  return found.join(':');
}

/** Old lists name packages that the archive no longer has. A user who may not refresh them tries as it is. */
async function refreshLists(): Promise<void> {
  if (process.getuid?.() === 0) await run('apt-get', ['update', '-qq']);
}

/** What apt would install besides, on this machine. */
async function dependencies(names: readonly string[]): Promise<string[]> {
  const plan = await run('apt-get', [
    'install',
    '--simulate',
    '--no-install-recommends',
    '-qq',
    ...names,
  ]);
  return [...plan.matchAll(/^Inst (\S+)/gm)].map((match) => match[1]!);
}
