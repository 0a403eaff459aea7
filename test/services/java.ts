import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { endAtExit, findProgram, run, spawnTied } from './child-process.js';
import { dockerEngine, pullImage, removeContainer } from './docker.js';
import { SERVICE_CACHE, ServiceUnavailableError } from './service-cache.js';

const IMAGE = 'maven:3.9-eclipse-temurin-17';
const OLDEST = 17;

/** A Java program that runs: in a process of ours, or in a container. */
export interface RunningJava {
  readonly child: ChildProcess;
  signal(name: NodeJS.Signals): Promise<unknown>;
}

/** How Java and Maven are run here. */
export interface JavaTools {
  /** Starts `java` in `folder`, which is all that it may write to. It does not outlive this process. */
  readonly start: (args: readonly string[], folder: string, options?: SpawnOptions) => RunningJava;
  /** Runs `java` to its end. */
  readonly run: (args: readonly string[], folder: string) => Promise<string>;
  /** Runs `mvn` to its end in `folder`. */
  readonly maven: (args: readonly string[], folder: string) => Promise<string>;
}

let tools: Promise<JavaTools> | undefined;

/**
 * Has Java 17 or newer, with Maven: from a Docker image where an engine answers, else from this machine.
 * Throws ServiceUnavailableError.
 */
export function javaTools(): Promise<JavaTools> {
  return (tools ??= dockerEngine().then((docker) => (docker ? inContainer() : onThisMachine())));
}

async function onThisMachine(): Promise<JavaTools> {
  const java = await findJava();
  return {
    start: (args, folder, options) => {
      const child = spawnTied(java, args, { cwd: folder, ...options });
      return { child, signal: async (name) => child.kill(name) };
    },
    run: (args, folder) => run(java, args, { cwd: folder }),
    maven: (args, folder) => {
      const maven = findProgram('mvn');
      if (!maven) throw new Error('mvn is not on PATH');
      return run(maven, args, { cwd: folder, env: { ...process.env, JAVA_HOME: homeOf(java) } });
    },
  };
}

async function inContainer(): Promise<JavaTools> {
  await pullImage(IMAGE);
  const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  const inImage = (folder: string, ...options: string[]) => [
    ...['run', '--rm', '--network', 'host', '--user', user, '--workdir', folder],
    ...['--volume', `${SERVICE_CACHE}:${SERVICE_CACHE}`, '--volume', `${folder}:${folder}`],
    ...[...options, IMAGE],
  ];
  let started = 0;
  return {
    start: (args, folder, options = {}) => {
      const name = `openedx-event-bus-java-${process.pid}-${++started}`;
      const docker = [...inImage(folder, '--name', name), 'java', ...args];
      const child = spawn('docker', docker, options);
      endAtExit(child, () => removeContainer(name));
      return { child, signal: (sent) => run('docker', ['kill', '--signal', sent, name]) };
    },
    run: (args, folder) => run('docker', [...inImage(folder), 'java', ...args]),
    maven: (args, folder) =>
      run('docker', [
        ...inImage(folder, '--env', 'MAVEN_CONFIG=/tmp/.m2'),
        ...['mvn', '-Duser.home=/tmp', ...args],
      ]),
  };
}

async function findJava(): Promise<string> {
  const seen: string[] = [];
  for await (const candidate of candidates()) {
    const version = await versionOf(candidate);
    if (version === undefined) continue;
    if (version >= OLDEST) return candidate;
    seen.push(`${candidate} is ${version}`);
  }
  throw new ServiceUnavailableError(
    `Java ${OLDEST} or newer`,
    seen.length > 0 ? seen.join(', ') : 'no Java was found',
    'install openjdk-17-jre-headless and maven (apt-get install) or any newer Java, have it on PATH or name it in TEST_JAVA, or start Docker',
  );
}

async function* candidates(): AsyncGenerator<string> {
  if (process.env.TEST_JAVA) yield process.env.TEST_JAVA;
  if (process.env.JAVA_HOME) yield join(process.env.JAVA_HOME, 'bin', 'java');
  const found = findProgram('java');
  if (found) yield found;
  const installed = '/usr/lib/jvm';
  for (const name of (await readdir(installed).catch(() => [])).sort()) {
    yield join(installed, name, 'bin', 'java');
  }
}

/** undefined: it is not there, or does not run. */
async function versionOf(java: string): Promise<number | undefined> {
  const said = await run(java, ['--version'], { timeout: 20_000 }).catch(() => undefined);
  const major = said && /^\S+ (\d+)/.exec(said)?.[1];
  return major === undefined ? undefined : Number(major);
}

/** Maven takes the Java of JAVA_HOME; a bare `java` on PATH is one it finds by itself. */
function homeOf(java: string): string | undefined {
  const home = join(java, '..', '..');
  return existsSync(join(home, 'lib', 'modules')) ? home : process.env.JAVA_HOME;
}
