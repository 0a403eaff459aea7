import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { waitUntil } from '../support/wait-until.js';

const url = (file: string) => new URL(file, import.meta.url).href;

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** An application in a process of its own. */
function start(env: Record<string, string>) {
  const script = `
    const { register } = await import('node:module');
    register('${url('../services/typescript-loader.mjs')}');
    await import('${url('slow-application.ts')}');`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  children.push(child);
  const lines: string[] = [];
  child.stdout.on('data', (text: Buffer) => lines.push(...text.toString().trim().split('\n')));
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  return { child, lines, exit };
}

describe('N-03: a signal', () => {
  it('lets the handler in hand come to its end, and the process ends with 0', async () => {
    const { child, lines, exit } = start({ HANDLER_MS: '400' });
    await waitUntil(() => lines.includes('begin') && lines.includes('ready'), 60_000);
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
    expect(lines.filter((line) => line !== 'ready')).toEqual(['begin', 'end', 'destroyed']);
  }, 90_000);

  it('that comes a second time ends the waiting for a handler', async () => {
    const { child, lines, exit } = start({ HANDLER_MS: '600000', SHUTDOWN_MS: '600000' });
    await waitUntil(() => lines.includes('begin') && lines.includes('ready'), 60_000);
    child.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(lines).not.toContain('destroyed');
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
    expect(lines.filter((line) => line !== 'ready')).toEqual(['begin', 'aborted', 'destroyed']);
  }, 90_000);

  it('ends a process whose broker was never reached', async () => {
    const { child, lines, exit } = start({});
    await waitUntil(() => lines.includes('ready'), 60_000);
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
    expect(lines).toEqual(['ready', 'destroyed']);
  }, 90_000);
});
