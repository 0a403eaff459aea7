import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { endAtExit, findProgram, run, spawnTied } from './child-process.js';
import { unpackDebianPackages, unpackedLibraries } from './debian-packages.js';
import { dockerEngine, pullImage, removeContainer } from './docker.js';
import { cachedFolder, ServiceUnavailableError } from './service-cache.js';
import type { SettableClock } from './settable-clock.js';

const IMAGE = 'redis:7';

/** How a redis-server is run here. */
export type Launch = (
  args: readonly string[],
  /** `config`: a file that it reads, and a Sentinel also writes. `clock`: by which it goes, if not by that of the machine. */
  place: {
    folder: string;
    port: number;
    config?: string | undefined;
    clock?: SettableClock | undefined;
  },
) => RunningRedis;

export interface RunningRedis {
  readonly child: ChildProcess;
  signal(name: NodeJS.Signals): Promise<unknown>;
}

let launch: Promise<Launch> | undefined;

/**
 * Has redis-server ready: from the Docker image where an engine answers, else the one on PATH, else
 * from Debian packages. Throws ServiceUnavailableError.
 */
export async function provisionRedis(): Promise<void> {
  await defaultLaunch();
}

/** The redis-server of all tests. Throws ServiceUnavailableError. */
export function defaultLaunch(): Promise<Launch> {
  return (launch ??= findLaunch());
}

async function findLaunch(): Promise<Launch> {
  if (await dockerEngine()) return launchImage(IMAGE);
  const installed = process.env.TEST_REDIS_SERVER ?? findProgram('redis-server');
  if (installed) return launchProgram([installed]);
  try {
    const folder = await cachedFolder('redis', (partial) =>
      unpackDebianPackages(['redis-server', 'redis-tools'], partial),
    );
    const program = join(folder, 'usr', 'bin', 'redis-server');
    return launchProgram([program], { LD_LIBRARY_PATH: await unpackedLibraries(folder) });
  } catch (error) {
    throw new ServiceUnavailableError(
      'Redis',
      `no Docker engine answers, redis-server is not on PATH, and it could not be had from Debian packages (${(error as Error).message})`,
      'install redis-server 7 or newer (apt-get install redis-server), or start Docker',
      error,
    );
  }
}

/** Runs a redis-server of this machine, by its command line. */
export function launchProgram(
  [program, ...before]: readonly [string, ...string[]],
  env: Record<string, string> = {},
): Launch {
  return (args, { folder, port, config, clock }) => {
    const first = config === undefined ? before : [...before, config];
    const all = [...first, '--port', `${port}`, '--bind', '127.0.0.1', ...args];
    const plain = { program, args: all };
    const start = clock ? clock.startOf(plain) : plain;
    const child = spawnTied(start.program, start.args, {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return { child, signal: async (name) => child.kill(name) };
  };
}

/** Has an image ready, and runs the redis-server (or what stands for it) in it. */
export async function launchImage(image: string, program = 'redis-server'): Promise<Launch> {
  await pullImage(image);
  return (args, { folder, port, config }) => {
    const name = `openedx-event-bus-redis-${port}`;
    const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
    // The nodes of a cluster, and Sentinels, know others by the addresses that clients use.
    const network = ['--cluster-enabled', '--sentinel'].some((mode) => args.includes(mode))
      ? ['--network', 'host']
      : ['--publish', `127.0.0.1:${port}:${port}`];
    const child = spawn(
      'docker',
      ['run', '--rm', '--name', name, '--user', user, ...network]
        .concat(['--volume', `${folder}:${folder}`, '--workdir', folder, image, program])
        .concat(config ?? [], ['--port', `${port}`, '--protected-mode', 'no', ...args]),
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    endAtExit(child, () => removeContainer(name));
    return { child, signal: (sent) => run('docker', ['kill', '--signal', sent, name]) };
  };
}
