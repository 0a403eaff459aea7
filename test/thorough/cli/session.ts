import { inTerminal, type TerminalRun, type TerminalRunOptions } from '../../services/terminal.js';
import type { SessionRun } from './terminal-session.js';

const url = (file: string) => new URL(file, import.meta.url).href;

/** The command line of a Node that runs the command lines one after the other. */
export function sessionArgv(runs: readonly SessionRun[]): string[] {
  const script = `
    const { register } = await import('node:module');
    register('${url('../../services/typescript-loader.mjs')}');
    await import('${url('terminal-session.ts')}');`;
  return [process.execPath, '--input-type=module', '--eval', script, '--', JSON.stringify(runs)];
}

/** Runs command lines one after the other in a pseudo-terminal. */
export function session(
  runs: readonly SessionRun[],
  { env, ...options }: TerminalRunOptions = {},
): Promise<TerminalRun> {
  const settings = { EVENT_BUS_TRANSPORT: 'memory', ...env };
  return inTerminal(sessionArgv(runs), { ...options, env: settings });
}

/** What each command line printed, with its exit code. */
export function answersOf(output: string): { readonly text: string; readonly code: number }[] {
  return output
    .replaceAll('\r\n', '\n')
    .split(/^\$ .*\n/m)
    .slice(1)
    .map((part) => {
      const end = /^([\s\S]*)exit code (\d+)\n/.exec(part);
      return { text: end?.[1] ?? part, code: Number(end?.[2] ?? NaN) };
    });
}
