import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { once } from 'node:events';

/** Full path of a program on PATH, or undefined. */
export function findProgram(name: string, path = process.env.PATH ?? ''): string | undefined {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      continue;
    }
  }
  return undefined;
}

/**
 * Starts a program that does not outlive this process: it is ended when this process exits, and on
 * Linux (setpriv) also when this process is killed by SIGKILL.
 */
export function spawnTied(
  program: string,
  args: readonly string[],
  options: SpawnOptions = {},
): ChildProcess {
  const setpriv = process.platform === 'linux' ? findProgram('setpriv') : undefined;
  const child = setpriv
    ? spawn(setpriv, ['--pdeathsig', 'KILL', program, ...args], options)
    : spawn(program, args, options);
  endAtExit(child, () => child.kill('SIGKILL'));
  return child;
}

/** Runs `end` when this process exits, or is told to by SIGINT, SIGTERM or SIGHUP, while the child lives. */
export function endAtExit(child: ChildProcess, end: () => void): void {
  living.set(child, end);
  child.once('exit', () => living.delete(child));
  child.once('error', () => living.delete(child));
  if (watching) return;
  watching = true;
  process.on('exit', endAll);
  for (const [signal, code] of Object.entries(STOP_SIGNALS)) {
    process.once(signal, () => process.exit(code));
  }
}

const STOP_SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };
const living = new Map<ChildProcess, () => void>();
let watching = false;

function endAll(): void {
  for (const end of living.values()) end();
  living.clear();
}

export function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Resolves with the child's exit code (null: by a signal); rejects after `ms`. */
export async function exited(child: ChildProcess, ms: number): Promise<number | null> {
  if (hasExited(child)) return child.exitCode;
  await once(child, 'exit', { signal: AbortSignal.timeout(ms) }).catch((cause: unknown) => {
    const what = `process ${child.pid} still runs after ${ms} ms: ${child.spawnargs.join(' ')}`;
    throw new Error(what, { cause });
  });
  return child.exitCode;
}

export interface RunOptions extends SpawnOptions {
  /** ms */
  readonly timeout?: number;
}

/** Runs a program to its end and resolves with its standard output; rejects with the end of what it said. */
export async function run(
  program: string,
  args: readonly string[],
  { timeout = 600_000, ...options }: RunOptions = {},
): Promise<string> {
  const child = spawnTied(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let out = '';
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    said = (said + text).slice(-2000);
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), timeout);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    if (code === 0) return out;
    throw new Error(
      `${program} ${args.join(' ')} ended with ${code ?? child.signalCode}:\n${said}`,
    );
  } finally {
    clearTimeout(timer);
  }
}

/** A TCP port of the loopback address that is free at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
