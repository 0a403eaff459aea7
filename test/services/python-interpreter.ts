import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findProgram, run } from './child-process.js';
import { ServiceUnavailableError } from './service-cache.js';

const OLDEST = [3, 12] as const;

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
