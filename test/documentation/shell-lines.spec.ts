import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { buildLibrary, type BuiltLibrary } from '../faults/driver/built-library.js';
import { run } from '../services/child-process.js';
import { PROJECT } from '../services/service-cache.js';
import { blocksIn, blocksOf, pages, scriptsBeside } from './pages.js';
import { commandsIn, isShell, type ShellCommand } from './shell-lines.js';

const COMMAND = 'openedx-event-bus';
/** They answer without a broker, or, as `produce-event`, are given the in-memory transport. */
const NEED_NO_BROKER = new Set([
  'encode',
  'decode',
  'events',
  'completion',
  'produce-event',
  '--help',
  '--version',
]);
const blocks = pages().flatMap(blocksOf).filter(isShell);
const commands = blocks.flatMap(commandsIn);
const ours = commands.filter(({ words }) => words[0] === COMMAND);

let library: BuiltLibrary;
let folder: string;
const helps = new Map<string, Promise<string>>();

beforeAll(async () => {
  const built = join(PROJECT, '.cache', `documentation-${process.pid}`);
  library = await buildLibrary(built);
  folder = await mkdtemp(join(tmpdir(), 'documentation-'));
  const main = join(built, 'cli', 'main.js');
  const programs = { [COMMAND]: `exec node '${main}' "$@"`, npx: 'exec "$@"' };
  for (const [name, text] of Object.entries(programs))
    await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}, 120_000);
afterAll(async () => {
  await library.remove();
  await rm(folder, { recursive: true });
});

/** Runs a line in a folder of its own. Resolves with what it writes; rejects where it fails. */
function shell(line: string): Promise<string> {
  const PATH = [folder, process.env['PATH']].join(delimiter);
  const env = { ...process.env, NODE_OPTIONS: '', PATH, EVENT_BUS_TRANSPORT: 'memory' };
  return run('bash', ['-euo', 'pipefail', '-c', line], { cwd: folder, env, timeout: 60_000 });
}

/** The help of a command, and with '' the list of commands. */
function helpOf(command: string): Promise<string> {
  const help = helps.get(command) ?? shell(`${COMMAND} ${command} --help`);
  helps.set(command, help);
  return help;
}

it('each block of shell lines is one that bash can read', () => {
  const problems = blocks.flatMap(({ page, line, text }) => {
    const { status, stderr } = spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' });
    return status === 0 ? [] : [`${page}:${line}: ${stderr}`];
  });
  expect(blocks.length).toBeGreaterThan(10);
  expect(problems).toEqual([]);
});

it('each npm script and each file of the project that a line names is there', () => {
  expect(commands.flatMap(missingIn)).toEqual([]);
});

it('each line of the command names options that it has', async () => {
  expect(ours.length).toBeGreaterThan(5);
  const problems = await Promise.all(ours.map(unknownOptions));
  expect(problems.flat()).toEqual([]);
});

describe('the lines of the command that need no broker', () => {
  const runnable = ours.filter(
    ({ words, text }) =>
      !text.includes('…') && !words.some(isRedirection) && NEED_NO_BROKER.has(words[1] ?? ''),
  );

  it('are some', () => {
    expect(runnable.length).toBeGreaterThan(0);
  });

  it.each(runnable.map((one) => [`${one.page}:${one.line}`, one] as const))(
    '%s: ends with exit code 0',
    async (_name, { text }) => {
      await shell(text);
    },
  );
});

describe('the check of shell lines', () => {
  const problemsOf = async (line: string): Promise<string[]> => {
    const [block] = blocksIn('docs/sample.md', `\n\`\`\`sh\n${line}\n\`\`\``);
    const found = commandsIn(block!);
    const options = await Promise.all(
      found.filter(({ words }) => words[0] === COMMAND).map(unknownOptions),
    );
    return [...found.flatMap(missingIn), ...options.flat()];
  };

  it.each([
    ['npm run check && npm run chek   # npm run nothing', 'docs/sample.md:3: no script chek'],
    [
      'A=1 npm test -- test/unit/nothing.spec.ts',
      'docs/sample.md:3: no file test/unit/nothing.spec.ts',
    ],
    ['node bench/nothing.mjs', 'docs/sample.md:3: no file bench/nothing.mjs'],
    [
      `echo '| openedx-event-bus nothing' | npx openedx-event-bus encode \\\n  --farmed`,
      'docs/sample.md:3: openedx-event-bus encode has no option --farmed',
    ],
    [
      'openedx-event-bus consume-event -t a',
      'docs/sample.md:3: openedx-event-bus has no command consume-event',
    ],
  ])('%s', async (line, problem) => {
    expect(await problemsOf(line)).toEqual([problem]);
  });

  it('accepts what is there', async () => {
    expect(await problemsOf('npm ci && npm start')).toEqual([]);
    expect(await problemsOf('openedx-event-bus produce-event --type T --data -')).toEqual([]);
    expect(await problemsOf('openedx-event-bus consume-events -t a -g b --max=1')).toEqual([]);
  });
});

function missingIn({ page, line, words }: ShellCommand): string[] {
  const scripts = scriptsBeside(page);
  const script = words[0] === 'npm' ? scriptNamed(words) : undefined;
  const files = words.filter((word) =>
    /^(tools|test|bench|examples|docs|lib)\/[\w./-]+$/.test(word),
  );
  return [
    ...(script !== undefined && !scripts.includes(script) ? [`no script ${script}`] : []),
    ...files.filter((file) => !existsSync(join(PROJECT, file))).map((file) => `no file ${file}`),
  ].map((problem) => `${page}:${line}: ${problem}`);
}

function scriptNamed([, verb, name]: readonly string[]): string | undefined {
  if (verb === 'test' || verb === 'start') return verb;
  return verb === 'run' ? name : undefined;
}

async function unknownOptions({ page, line, words }: ShellCommand): Promise<string[]> {
  const [, command = '', ...rest] = words;
  if (command.startsWith('-') || command === 'COMMAND') return [];
  const isCommand = new RegExp(String.raw`^\s+${command}\b(?!-)`, 'm').test(await helpOf(''));
  if (!isCommand) return [`${page}:${line}: ${COMMAND} has no command ${command}`];
  const help = await helpOf(command);
  const end = rest.findIndex((word) => word === '--' || isRedirection(word));
  return rest
    .slice(0, end < 0 ? undefined : end)
    .filter((word) => /^--?[a-z]/.test(word))
    .map((word) => word.split('=')[0]!)
    .filter((option) => !new RegExp(String.raw`(?<![\w-])${option}(?![\w-])`).test(help))
    .map((option) => `${page}:${line}: ${COMMAND} ${command} has no option ${option}`);
}

function isRedirection(word: string): boolean {
  return /^\d?[<>]/.test(word);
}
