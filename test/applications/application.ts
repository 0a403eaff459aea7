import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { buildLibrary } from '../faults/driver/built-library.js';
import { run } from '../services/child-process.js';
import { PROJECT } from '../services/service-cache.js';

const CACHE = join(PROJECT, '.cache', 'applications');
const NAME = 'nestjs-openedx-event-bus';
const INSTALL_MS = 600_000;
const COMMAND_MS = 120_000;

/** `application.json` of an application. */
interface Plan {
  readonly build: readonly string[];
  readonly runs: readonly string[];
  readonly result: unknown;
}

/** Names of the applications. */
export async function applicationNames(): Promise<string[]> {
  const entries = await readdir(import.meta.dirname, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** An application, installed and built with the packed package. */
export class Application {
  private constructor(
    private readonly home: string,
    private readonly plan: Plan,
  ) {}

  static async make(name: string, tarball: string): Promise<Application> {
    const source = join(import.meta.dirname, name);
    // Outside the project, whose packages it would find.
    const home = await mkdtemp(join(tmpdir(), `application-${name}-`));
    const plan = JSON.parse(await readFile(join(source, 'application.json'), 'utf8')) as Plan;
    const made = new Application(home, plan);
    try {
      await install(source, home, name);
      for (const entry of await readdir(source))
        if (entry !== 'package.json')
          await cp(join(source, entry), join(home, entry), { recursive: true });
      const ours = join(home, 'node_modules', NAME);
      await mkdir(ours, { recursive: true });
      await run('tar', ['xzf', tarball, '--strip-components=1', '-C', ours]);
      for (const command of plan.build) await made.command(command);
      return made;
    } catch (error) {
      await made.remove();
      throw error;
    }
  }

  remove(): Promise<void> {
    return rm(this.home, { recursive: true, force: true });
  }

  get result(): unknown {
    return this.plan.result;
  }

  /** What each run of it wrote as its last line. */
  async run(settings: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
    const results: Record<string, unknown> = {};
    for (const command of this.plan.runs) {
      const names = { APP_TOPIC: `app-${randomUUID()}`, APP_GROUP: `app-${randomUUID()}` };
      const said = await this.command(command, { ...settings, ...names });
      const last = said.trim().split('\n').at(-1) ?? '';
      try {
        results[command] = JSON.parse(last);
      } catch {
        throw new Error(`${command} ended with no line of JSON:\n${said.slice(-2_000)}`);
      }
    }
    return results;
  }

  private command(command: string, settings: Readonly<Record<string, string>> = {}) {
    const { PATH = '' } = process.env;
    // Not those of jest, which runs us.
    const env = {
      ...process.env,
      NODE_OPTIONS: '',
      NODE_ENV: '',
      ...settings,
      PATH: [join(this.home, 'node_modules', '.bin'), PATH].join(delimiter),
    };
    return run('sh', ['-c', command], { cwd: this.home, env, timeout: COMMAND_MS });
  }
}

/** The packages of an application, and those that the package needs: from the cache where they are there. */
async function install(source: string, home: string, name: string): Promise<void> {
  const own = await manifestIn(source);
  const { dependencies } = await manifestIn(PROJECT);
  const manifest = { ...own, dependencies: { ...own.dependencies, ...dependencies } };
  const text = JSON.stringify(manifest, null, 2);
  await writeFile(join(home, 'package.json'), text);
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
  const kept = join(CACHE, `${name}-${hash}.tar`);
  if (existsSync(kept)) return void (await run('tar', ['xf', kept, '-C', home]));
  const flags = ['--no-audit', '--no-fund', '--prefer-offline', '--fetch-retries=5'];
  await run('npm', ['install', ...flags], { cwd: home, timeout: INSTALL_MS });
  await mkdir(CACHE, { recursive: true });
  const partial = `${kept}.${process.pid}`;
  await run('tar', ['cf', partial, '-C', home, 'node_modules']);
  await rename(partial, kept);
}

async function manifestIn(folder: string): Promise<{ dependencies?: Record<string, string> }> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
}

/** Builds and packs the project as it stands. */
export function pack(): Promise<string> {
  return packedFrom(PROJECT, []);
}

/** Packs what `npm run build` has made, as it is. */
export function packBuilt(): Promise<string> {
  return packedFrom(PROJECT, ['--ignore-scripts']);
}

/** Packs it far quicker, without declarations: for applications that are compiled without types. */
export async function packUntyped(): Promise<string> {
  const folder = join(CACHE, `package-${process.pid}`);
  try {
    await buildLibrary(join(folder, 'dist'));
    await cp(join(PROJECT, 'package.json'), join(folder, 'package.json'));
    return await packedFrom(folder, ['--ignore-scripts']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function packedFrom(folder: string, flags: readonly string[]): Promise<string> {
  const to = await mkdtemp(join(tmpdir(), 'packed-'));
  await run('npm', ['pack', ...flags, '--pack-destination', to], { cwd: folder });
  const [tarball] = await readdir(to);
  if (tarball === undefined) throw new Error('npm packed nothing');
  return join(to, tarball);
}
