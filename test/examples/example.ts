import { transformFile } from '@swc/core';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, sep } from 'node:path';
import { run } from '../services/child-process.js';
import { PROJECT } from '../services/service-cache.js';
import { ExampleProcess } from './example-process.js';

const EXAMPLES = join(PROJECT, 'examples');
const PACKAGE = 'nestjs-openedx-event-bus';
const COMMAND_MS = 120_000;

interface Manifest {
  readonly name: string;
  readonly workspaces?: readonly string[];
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

export type Environment = Readonly<Record<string, string>>;

/** Names of the examples. */
export async function exampleNames(): Promise<string[]> {
  const entries = await readdir(EXAMPLES, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/**
 * An example in a folder of its own outside the project, as somebody has it who installed it: it finds the
 * packed package and what its `package.json` names, and nothing else. Whoever made it removes it.
 */
export class Example {
  private constructor(
    readonly home: string,
    private readonly manifest: Manifest,
    private readonly readme: string,
  ) {}

  static async install(name: string, tarball: string): Promise<Example> {
    const home = await mkdtemp(join(tmpdir(), `example-${name}-`));
    await cp(join(EXAMPLES, name), home, { recursive: true });
    const manifest = await manifestIn(home);
    const readme = await readFile(join(home, 'README.md'), 'utf8');
    const example = new Example(home, manifest, readme);
    await example.unpack(tarball);
    const ours = await manifestIn(PROJECT);
    const names = Object.keys({
      ...manifest.dependencies,
      ...manifest.devDependencies,
      ...ours.dependencies,
    });
    for (const wanted of names)
      if (wanted !== PACKAGE)
        await example.link(wanted, join(PROJECT, 'node_modules', ...wanted.split('/')));
    for (const folder of manifest.workspaces ?? []) {
      const { name: workspace } = await manifestIn(join(home, folder));
      await example.link(workspace, join(home, folder));
    }
    return example;
  }

  /** Compiles the sources without looking at types: `npm run check:examples` compiles as a newcomer does. */
  async transpile(): Promise<void> {
    const options = { configFile: join(PROJECT, '.swcrc'), sourceMaps: false } as const;
    const files = await readdir(this.home, { recursive: true });
    for (const file of files) {
      const parts = file.split(sep);
      const at = parts.indexOf('src');
      if (parts[0] === 'node_modules' || at < 0 || !file.endsWith('.ts')) continue;
      const { code } = await transformFile(join(this.home, file), options);
      const target = join(this.home, ...parts.with(at, 'dist')).replace(/\.ts$/, '.js');
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, code);
    }
  }

  /** Runs a script of its `package.json` to its end; resolves with all that it printed. */
  async run(script: string, environment: Environment = {}): Promise<string> {
    // npm and jest write to both.
    const both = `{ ${this.script(script)}; } 2>&1`;
    const env = this.environment(environment);
    return run('sh', ['-c', both], { cwd: this.home, env, timeout: COMMAND_MS });
  }

  /** Starts a script that runs until it is stopped. */
  start(script: string, environment: Environment = {}): ExampleProcess {
    return new ExampleProcess(this.script(script), this.home, this.environment(environment));
  }

  /** The outputs that the README ends with, as patterns of their lines: `…` stands for any text. */
  get promisedOutputs(): RegExp[][] {
    const [, end] = this.readme.split('## What you see');
    const blocks = [...(end ?? '').matchAll(/```text\n(.*?)\n```/gs)].map(([, text]) => text!);
    return blocks.map((text) => text.split('\n').map(patternOf));
  }

  /** The compiled files that its scripts start and that are not there. */
  missingPrograms(): string[] {
    const scripts = Object.values(this.manifest.scripts ?? {});
    const programs = scripts.flatMap((script) => /^node (\S*dist\S+)/.exec(script)?.[1] ?? []);
    return programs.filter((program) => !existsSync(join(this.home, program)));
  }

  remove(): Promise<void> {
    return rm(this.home, { recursive: true, force: true });
  }

  private script(name: string): string {
    const script = this.manifest.scripts?.[name];
    if (script === undefined) throw new Error(`${this.manifest.name} has no script ${name}`);
    return script;
  }

  private environment(environment: Environment): NodeJS.ProcessEnv {
    const programs = [this.home, PROJECT].map((folder) => join(folder, 'node_modules', '.bin'));
    return {
      ...process.env,
      // Those of jest, which runs us, are not theirs.
      NODE_OPTIONS: '',
      NODE_ENV: '',
      NO_COLOR: '1',
      ...environment,
      PATH: [...programs, process.env['PATH'] ?? ''].join(delimiter),
    };
  }

  private async unpack(tarball: string): Promise<void> {
    const folder = join(this.home, 'node_modules', PACKAGE);
    await mkdir(folder, { recursive: true });
    await run('tar', ['xzf', tarball, '--strip-components=1', '-C', folder]);
    const command = join(this.home, 'node_modules', '.bin', 'openedx-event-bus');
    await mkdir(dirname(command));
    const main = join(folder, 'dist', 'cli', 'main.js');
    await writeFile(command, `#!/bin/sh\nexec node '${main}' "$@"\n`, { mode: 0o755 });
  }

  private async link(name: string, folder: string): Promise<void> {
    const path = join(this.home, 'node_modules', ...name.split('/'));
    await mkdir(dirname(path), { recursive: true });
    await symlink(folder, path);
  }
}

async function manifestIn(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
}

function patternOf(line: string): RegExp {
  return new RegExp(line.split('…').map(escaped).join('.*'), 'u');
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}
