import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './child-process.js';
import { dockerEngine, pullImage } from './docker.js';
import { findInterpreter } from './python-interpreter.js';
import { cachedFolder, ServiceUnavailableError } from './service-cache.js';

const IMAGE = 'python:3.12-slim';

/** A command line to which a script and its arguments are added. */
export interface PythonCommand {
  readonly program: string;
  readonly args: readonly string[];
}

/** Packages for Python, all at the versions that a file names. */
interface PackageSet {
  /** In `python/`. */
  readonly requirements: string;
  /** The set that has all else which is needed; where both have a package, this one's is used. */
  readonly over?: PackageSet;
}

const REFERENCE: PackageSet = { requirements: 'requirements.txt' };
/** Of the time of openedx-events 9.20.0, client libraries included. */
const OF_2025: PackageSet = { requirements: 'older/9.20.0.txt' };
const OLDER = {
  '8.2.0': { requirements: 'older/8.2.0.txt', over: OF_2025 },
  '9.14.0': { requirements: 'older/9.14.0.txt', over: OF_2025 },
  '9.20.0': OF_2025,
  '11.0.0': { requirements: 'older/11.0.0.txt', over: OF_2025 },
} as const satisfies Record<string, PackageSet>;

/** The SDK of OpenTelemetry beside the packages of today. */
const TRACED: PackageSet = { requirements: 'opentelemetry.txt', over: REFERENCE };

/** A release of openedx-events before the one of today that the tests can have. */
export type OlderRelease = keyof typeof OLDER;
export const OLDER_RELEASES = Object.keys(OLDER) as OlderRelease[];

interface Installed {
  readonly folder: string;
  readonly command: PythonCommand;
}

const installed = new Map<PackageSet, Promise<Installed>>();

/**
 * Has Python with the reference packages ready, at exactly the versions that `python/requirements.txt`
 * names, or those of an older release. Throws ServiceUnavailableError.
 */
export async function provisionPython(release?: OlderRelease): Promise<PythonCommand> {
  return (await install(release === undefined ? REFERENCE : OLDER[release])).command;
}

/** As `provisionPython`, with the SDK of OpenTelemetry too. Throws ServiceUnavailableError. */
export async function provisionTracedPython(): Promise<PythonCommand> {
  return (await install(TRACED)).command;
}

function install(set: PackageSet): Promise<Installed> {
  let found = installed.get(set);
  if (found === undefined) {
    found = dockerEngine().then((docker) =>
      docker ? inContainer(set) : inVirtualEnvironment(set),
    );
    installed.set(set, found);
  }
  return found;
}

async function inVirtualEnvironment(set: PackageSet): Promise<Installed> {
  const below = set.over && (await install(set.over));
  const interpreter = below?.command.program ?? (await findInterpreter());
  const folder = await fill(set, process.platform, async (partial) => {
    const python = join(partial, 'bin', 'python');
    await run(interpreter, ['-m', 'venv', ...(below ? ['--without-pip'] : []), partial]);
    const pip = below ? [interpreter, '-m', 'pip', '--python', python] : [python, '-m', 'pip'];
    await installPinned(set, pip, []);
    if (below) await seePackagesOf(interpreter, python);
  });
  return { folder, command: { program: join(folder, 'bin', 'python'), args: [] } };
}

/** Lets `python`, of a virtual environment, find what it has not itself among the packages of `other`. */
async function seePackagesOf(other: string, python: string): Promise<void> {
  const where = 'import sysconfig; print(sysconfig.get_path("purelib"))';
  const [own, others] = await Promise.all(
    [python, other].map(async (one) => (await run(one, ['-c', where])).trim()),
  );
  await writeFile(join(own!, 'below.pth'), `${others}\n`);
}

async function inContainer(set: PackageSet): Promise<Installed> {
  const below = set.over ? [(await install(set.over)).folder] : [];
  await pullImage(IMAGE);
  const folder = await fill(set, IMAGE, (partial) =>
    installPinned(set, ['docker', ...dockerArguments([partial]), '-m', 'pip'], [partial]),
  );
  return { folder, command: { program: 'docker', args: dockerArguments([folder, ...below]) } };
}

/** Python in a container that finds its packages in `folders`, looking in the first one first. */
function dockerArguments(folders: readonly string[]): string[] {
  const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  const tests = join(import.meta.dirname, '..');
  return [
    ...['run', '--rm', '--interactive', '--network', 'host', '--user', user],
    ...folders.flatMap((folder) => ['--volume', `${folder}:${folder}`]),
    ...['--env', `PYTHONPATH=${folders.join(':')}`, '--volume', `${tests}:${tests}:ro`],
    ...[IMAGE, 'python'],
  ];
}

/** Installs into the environment of `pip`, or into the folder `target`. */
async function installPinned(
  set: PackageSet,
  [program, ...pip]: readonly string[],
  target: readonly string[],
): Promise<void> {
  await run(program!, [
    ...[...pip, 'install', '--quiet', '--requirement', fileOf(set)],
    ...(set.over ? ['--no-deps'] : []),
    ...target.flatMap((folder) => ['--no-cache-dir', '--target', folder]),
  ]);
  const path = target.flatMap((folder) => ['--path', folder]);
  assertPinned(set, await run(program!, [...pip, 'freeze', '--all', ...path]));
}

async function fill(
  set: PackageSet,
  where: string,
  install: (folder: string) => Promise<void>,
): Promise<string> {
  const hash = createHash('sha256');
  for (let layer: PackageSet | undefined = set; layer; layer = layer.over)
    hash.update(readFileSync(fileOf(layer)));
  const name = `python-${hash.update(where).digest('hex').slice(0, 12)}`;
  try {
    return await cachedFolder(name, install);
  } catch (error) {
    throw new ServiceUnavailableError(
      'the Python reference packages',
      `they could not be installed (${(error as Error).message})`,
      `make PyPI or a mirror of it reachable for pip; the list is ${fileOf(set)}`,
      error,
    );
  }
}

/** pip silently takes older releases where an interpreter is too old, so what came is compared. */
function assertPinned(set: PackageSet, freeze: string): void {
  const lines = (text: string) =>
    new Map(
      [...text.matchAll(/^([\w.-]+)==(\S+)/gm)].map((m) => [normalName(m[1]!), m[2]!] as const),
    );
  const found = lines(freeze);
  const wrong = [...lines(readFileSync(fileOf(set), 'utf8'))]
    .filter(([name, version]) => found.get(name) !== version)
    .map(([name, version]) => `${name} ${found.get(name) ?? 'missing'} instead of ${version}`);
  if (wrong.length > 0) throw new Error(`other versions were installed: ${wrong.join(', ')}`);
}

function normalName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

function fileOf({ requirements }: PackageSet): string {
  return join(import.meta.dirname, 'python', requirements);
}
