// npm run test:fuzz [-- [TARGET] [--count N] [--seed S]]
// TARGET is `decode`, `fetch` or `send`. Each target runs in a process of its own, so that the peak of memory is its own.
// Exit code 1 where an input crashed, hung or ended in an error without a type. Ctrl-C ends a run early, with what it found.
import { spawn } from 'node:child_process';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const TARGETS = ['decode', 'fetch', 'send'];
const HUNG_AFTER_MS = 120_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { count: { type: 'string' }, seed: { type: 'string' }, alone: { type: 'string' } },
});
const seed = Number(values.seed ?? Date.now() % 0x1_0000_0000);

if (values.alone) await runAlone(values.alone);
else {
  const wanted = positionals.length > 0 ? positionals : TARGETS;
  for (const name of wanted) {
    if (!TARGETS.includes(name)) {
      console.error(`No target is called ${name}. There are: ${TARGETS.join(', ')}.`);
      process.exitCode = 2;
    } else if ((await inProcessOfItsOwn(name)) !== 0) process.exitCode = 1;
  }
}

async function inProcessOfItsOwn(name) {
  const args = [fileURLToPath(import.meta.url), '--alone', name, '--seed', String(seed)];
  if (values.count) args.push('--count', values.count);
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  // A process that is busy for ever says nothing: it is ended, and the input named that it said it began.
  let last = Date.now();
  let at = 'the start';
  child.on('message', (input) => {
    last = Date.now();
    at = `input ${input}`;
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  const watch = setInterval(() => {
    if (Date.now() - last < HUNG_AFTER_MS) return;
    console.error(`${name}: hung after ${at} (seed ${seed})`);
    child.kill('SIGKILL');
  }, 1_000);
  const code = await new Promise((done) => child.once('exit', (exit) => done(exit ?? 1)));
  clearInterval(watch);
  if (code !== 0) console.error(`${name}: failed after ${at} (seed ${seed}, exit code ${code})`);
  return code;
}

async function runAlone(name) {
  register('../services/typescript-loader.mjs', import.meta.url);
  const { target } = await import(`./targets/${name}.ts`);
  const count = Number(values.count ?? target.count);
  // In slices, so that the parent sees that it goes on.
  const slice = 200;
  let inputs = 0;
  let worstMs = 0;
  const outcomes = {};
  const faults = [];
  const began = Date.now();
  let ended = false;
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => (ended = true));
  for (let done = 0; done < count && !ended; done += slice) {
    const part = await target.run(Math.min(slice, count - done), (seed + done) >>> 0);
    process.send?.(done + slice);
    // A target need not leave the loop by itself, and signals wait for that.
    await new Promise(setImmediate);
    inputs += part.inputs;
    worstMs = Math.max(worstMs, part.worstMs);
    faults.push(...part.faults);
    for (const fault of part.faults) console.error(`  ${fault}`);
    for (const [outcome, times] of Object.entries(part.outcomes))
      outcomes[outcome] = (outcomes[outcome] ?? 0) + times;
  }
  const peakMb = Math.round(process.resourceUsage().maxRSS / 1024);
  const seconds = ((Date.now() - began) / 1_000).toFixed(0);
  console.log(
    `${name}: ${inputs} inputs in ${seconds} s, seed ${seed}, worst ${worstMs.toFixed(1)} ms, peak ${peakMb} MB, ${faults.length} faults`,
  );
  for (const [outcome, times] of Object.entries(outcomes)) console.log(`  ${outcome}: ${times}`);
  process.exitCode = faults.length > 0 ? 1 : 0;
  process.disconnect?.();
}
