import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram, run } from './child-process.js';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Unpacks Debian packages, with those they depend on, into a folder: nothing is installed and
 * nothing is started. Of `suite`, a Debian release other than this machine's, everything down to the
 * C library comes too. Rejects when apt or dpkg is missing or a package cannot be had.
 */
export async function unpackDebianPackages(
  names: readonly string[],
  into: string,
  suite?: string,
): Promise<void> {
  if (!findProgram('apt-get') || !findProgram('dpkg-deb')) {
    throw new Error('no apt-get and dpkg-deb here');
  }
  const lists = join(into, '.apt');
  const options = suite === undefined ? [] : await listsOf(suite, lists);
  await refreshLists(options);
  const wanted = [...new Set([...names, ...(await dependencies(names, options))])];
  await run('apt-get', [...options, 'download', ...wanted], { cwd: into });
  await rm(lists, { recursive: true, force: true });
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

/** apt options that know one release and no installed package, with lists of their own. */
async function listsOf(suite: string, folder: string): Promise<string[]> {
  const format = ['--format', '$(ORIGIN) $(REPO_URI)', 'Created-By: Packages'];
  const known = await run('apt-get', ['indextargets', ...format]);
  const archive = /^Debian (\S+)/m.exec(known)?.[1];
  if (archive === undefined) throw new Error('this is not Debian');
  for (const name of ['state/lists/partial', 'cache/archives/partial'])
    await mkdir(join(folder, name), { recursive: true });
  const sources = join(folder, 'sources.list');
  await writeFile(sources, `deb [signed-by=${KEYRING}] ${archive} ${suite} main\n`);
  return [
    `Dir::Etc::sourcelist=${sources}`,
    'Dir::Etc::sourceparts=/dev/null',
    `Dir::State=${join(folder, 'state')}`,
    'Dir::State::status=/dev/null',
    `Dir::Cache=${join(folder, 'cache')}`,
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false',
    'Acquire::Languages=none',
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
}

/** Old lists name packages that the archive no longer has. A user who may not refresh them tries as it is. */
async function refreshLists(options: readonly string[]): Promise<void> {
  if (process.getuid?.() === 0 || options.length > 0)
    await run('apt-get', [...options, 'update', '-qq']);
}

/** What apt would install besides. */
async function dependencies(
  names: readonly string[],
  options: readonly string[],
): Promise<string[]> {
  const plan = await run('apt-get', [
    ...options,
    'install',
    '--simulate',
    '--no-install-recommends',
    '-qq',
    ...names,
  ]);
  return [...plan.matchAll(/^Inst (\S+)/gm)].map((match) => match[1]!);
}
