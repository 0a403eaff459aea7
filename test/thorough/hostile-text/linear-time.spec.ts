import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { entries } from './entries.js';

const SILENT_MS = 45_000;

/** By entry, the texts for which its time grows faster than their length. */
const slow = new Map<string, readonly string[]>();
let lastBegun = '';
let end: unknown;

beforeAll(async () => {
  const child = fork(fileURLToPath(new URL('measure.mjs', import.meta.url)), { execArgv: [] });
  let timer: NodeJS.Timeout | undefined;
  const watch = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => child.kill('SIGKILL'), SILENT_MS);
  };
  watch();
  child.on('message', (said: { begun?: string; name?: string; slow?: readonly string[] }) => {
    watch();
    if (said.begun !== undefined) lastBegun = said.begun;
    if (said.name !== undefined) slow.set(said.name, said.slow ?? []);
  });
  end = await once(child, 'exit');
  clearTimeout(timer);
}, 300_000);

describe('the processor time for a text grows with its length, not with its square', () => {
  it.each(entries.map(({ name }) => name))('%s', (name) => {
    // An entry that never came to its end is told as the one that was begun last.
    expect(
      slow.get(name) ?? `not ended: ${lastBegun}, [exit code, signal]: ${JSON.stringify(end)}`,
    ).toEqual([]);
  });
});
