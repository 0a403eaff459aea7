import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findProgram, run } from './child-process.js';
import { dockerEngine, pullImage } from './docker.js';
import { cachedFolder, ServiceUnavailableError } from './service-cache.js';

const IMAGE = 'python:3.12-slim';
const REQUIREMENTS = join(import.meta.dirname, 'python', 'requirements.txt');
const OLDEST = [3, 12] as const;

/** A command line to which a script and its arguments are added. */
export interface PythonCommand {
  readonly program: string;
  readonly args: readonly string[];
}

let command: Promise<PythonCommand> | undefined;

/**
 * Has Python with the reference packages ready, at exactly the versions that
 * `python/requirements.txt` names. Throws ServiceUnavailableError.
 */
export async function provisionPython(): Promise<PythonCommand> {
  return (command ??= (await dockerEngine()) ? inContainer() : inVirtualEnvironment());
}

async function inVirtualEnvironment(): Promise<PythonCommand> {
  const interpreter = await findInterpreter();
  const folder = await fill(async (partial) => {
    await run(interpreter, ['-m', 'venv', partial]);
    const python = join(partial, 'bin', 'python');
    await run(python, ['-m', 'pip', 'install', '--quiet', '--requirement', REQUIREMENTS]);
    assertPinned(await run(python, ['-m', 'pip', 'freeze', '--all']));
  });
  return { program: join(folder, 'bin', 'python'), args: [] };
}

async function inContainer(): Promise<PythonCommand> {
  await pullImage(IMAGE);
  const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  const docker = (folder: string) => [
    ...['run', '--rm', '--interactive', '--network', 'host', '--user', user],
    ...['--volume', `${folder}:${folder}`, '--env', `PYTHONPATH=${folder}`],
    ...['--volume', `${join(import.meta.dirname, '..')}:${join(import.meta.dirname, '..')}:ro`],
    ...[IMAGE, 'python'],
  ];
  const folder = await fill(async (partial) => {
    const target = [
      '--target',
      partial,
      '--no-cache-dir',
      '--quiet',
      '--requirement',
      REQUIREMENTS,
    ];
    await run('docker', [...docker(partial), '-m', 'pip', 'install', ...target]);
    assertPinned(
      await run('docker', [...docker(partial), '-m', 'pip', 'freeze', '--path', partial, '--all']),
    );
  });
  return { program: 'docker', args: docker(folder) };
}

async function fill(install: (folder: string) => Promise<void>): Promise<string> {
  const where = (await dockerEngine()) ? IMAGE : process.platform;
  const hash = createHash('sha256').update(readFileSync(REQUIREMENTS)).update(where);
  try {
    return await cachedFolder(`python-${hash.digest('hex').slice(0, 12)}`, install);
  } catch (error) {
    throw new ServiceUnavailableError(
      'the Python reference packages',
      `they could not be installed (${(error as Error).message})`,
      `make PyPI or a mirror of it reachable for pip; the list is ${REQUIREMENTS}`,
      error,
    );
  }
}

/** pip silently takes older releases where an interpreter is too old, so what came is compared. */
function assertPinned(freeze: string): void {
  const lines = (text: string) =>
    new Map(
      [...text.matchAll(/^([\w.-]+)==(\S+)/gm)].map((m) => [normalName(m[1]!), m[2]!] as const),
    );
  const installed = lines(freeze);
  const wrong = [...lines(readFileSync(REQUIREMENTS, 'utf8'))]
    .filter(([name, version]) => installed.get(name) !== version)
    .map(([name, version]) => `${name} ${installed.get(name) ?? 'missing'} instead of ${version}`);
  if (wrong.length > 0) throw new Error(`other versions were installed: ${wrong.join(', ')}`);
}

function normalName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

/** A Python that is new enough. Throws ServiceUnavailableError. */
export async function findInterpreter(): Promise<string> {
  const seen: string[] = [];
  for await (const candidate of candidates()) {
    const version = await versionOf(candidate);
    if (!version) continue;
    if (version[0] === OLDEST[0] && version[1]! >= OLDEST[1]) return candidate;
    seen.push(`${candidate} is ${version.join('.')}`);
  }
  throw new ServiceUnavailableError(
    `Python ${OLDEST.join('.')} or newer`,
    seen.length > 0 ? seen.join(', ') : 'no Python was found',
    'install python3.12 with its venv module (apt, pyenv or uv) and have it on PATH, name it in TEST_PYTHON, or start Docker',
  );
}

async function* candidates(): AsyncGenerator<string> {
  if (process.env.TEST_PYTHON) yield process.env.TEST_PYTHON;
  const names = ['python3.12', 'python3.13', 'python3.14'];
  for (const name of [...names, 'python3']) {
    const found = findProgram(name);
    if (found) yield found;
  }
  const pyenv = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
  for (const version of await readdir(pyenv).catch(() => [])) {
    if (names.some((name) => `python${version}`.startsWith(`${name}.`))) {
      yield join(pyenv, version, 'bin', 'python3');
    }
  }
}

/** undefined: it does not run, has no venv module, or is a pyenv shim without a version. */
async function versionOf(interpreter: string): Promise<number[] | undefined> {
  const script = 'import ensurepip, sys, venv; print(*sys.version_info[:2])';
  const said = await run(interpreter, ['-c', script], { timeout: 20_000 }).catch(() => undefined);
  return said?.trim().split(' ').map(Number);
}
