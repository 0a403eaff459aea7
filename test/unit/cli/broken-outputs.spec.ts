import { spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';

const url = (file: string) => new URL(file, import.meta.url).href;
const SCRIPT = `
  const { register } = await import('node:module');
  register('${url('../../services/typescript-loader.mjs')}');
  await import('${url('../../../lib/cli/main.ts')}');`;

/** A device on which every write fails, as on a full disk. */
let full: number;
beforeAll(() => (full = openSync('/dev/full', 'w')));
afterAll(() => closeSync(full));

/** Runs the program in a process of its own. */
async function run(argv: readonly string[], stdio: StdioOptions) {
  const args = ['--input-type=module', '--eval', SCRIPT, '--', 'main', ...argv];
  const child = spawn(process.execPath, args, {
    stdio,
    env: { ...process.env, EVENT_BUS_TRANSPORT: 'memory' },
  });
  const [out, log, [code]] = await Promise.all([
    child.stdout ? text(child.stdout) : '',
    child.stderr ? text(child.stderr) : '',
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return { out, log, code };
}

describe('on a full disk', () => {
  it.each([
    ['answers', ['events', '--short']],
    ['the help', ['--help']],
    ['a completion script', ['completion', 'bash']],
  ])(
    '%s: the exit code is 1, and the reason is said once',
    async (_name, argv) => {
      const { code, log } = await run(argv, ['ignore', full, 'pipe']);
      expect(code).toBe(1);
      expect(log.match(/^.*Standard output.*$/gm)).toEqual([
        'Standard output cannot be written, so answers are missing: ENOSPC: no space left on device, write',
      ]);
    },
    60_000,
  );

  it('consume-events ends with 1 too, and not as if it was told to stop', async () => {
    const argv = ['consume-events', '-t', 'user-login', '-g', 'g', '--extra'];
    const { code, log } = await run(
      [...argv, '{"offset_time":"2026-05-01T00:00:00Z"}'],
      ['ignore', full, 'pipe'],
    );
    expect(code).toBe(1);
    expect(log).toContain('Standard output cannot be written, so answers are missing');
  }, 60_000);

  it('log lines are lost, and the command does its work', async () => {
    const user = { id: 7, is_active: true, pii: { username: 'ada', email: 'ada@example.org' } };
    const type = 'org.openedx.learning.auth.session.login.completed.v1';
    const argv = ['produce-event', '--type', type, '--topic', 'user-login', '--count', '3'];
    const { code, out } = await run(
      [...argv, '--data', JSON.stringify({ user })],
      ['ignore', 'pipe', full],
    );
    expect({ code, events: out.match(/"position":/g)?.length }).toEqual({ code: 0, events: 3 });
  }, 60_000);
});

it('a reader that has seen enough is no failure', async () => {
  const args = ['--input-type=module', '--eval', SCRIPT, '--', 'main', 'events'];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, EVENT_BUS_TRANSPORT: 'memory' },
  });
  const log = text(child.stderr);
  await once(child.stdout, 'data');
  child.stdout.destroy();
  await once(child, 'exit');
  expect(await log).not.toContain('Standard output');
}, 60_000);
