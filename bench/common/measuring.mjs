import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** The event that all contenders send. */
export const enrolment = JSON.parse(
  readFileSync(new URL('enrolment.json', import.meta.url), 'utf8'),
);

/** Events that a sender has under way at once: in the pipelines of the bare client, in concurrent sends of ours. */
export const WAVE = 500;
export const SENDERS = 2;

/** A clock that measures from its making: seconds, and processor microseconds of this process for each event. */
export function stopwatch() {
  const begin = performance.now();
  const cpu = process.cpuUsage();
  return (n) => {
    const seconds = (performance.now() - begin) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    return { n, seconds, cpuMicros: (user + system) / n };
  };
}

/** Sends `n` events in waves, several senders at once; `wave(count)` resolves when all of it is confirmed. */
export async function inWaves(n, wave) {
  const stop = stopwatch();
  let left = n;
  const sender = async () => {
    while (left > 0) {
      const count = Math.min(WAVE, left);
      left -= count;
      await wave(count);
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
  return stop(n);
}

/** Measures from the first to the last of `n` calls of `handle`; `consuming(handle, done)` consumes until `done` resolves. */
export function fromFirstToLast(n, consuming) {
  let seen = 0;
  let stop;
  let finish;
  const done = new Promise((resolve) => (finish = resolve));
  const handle = (data) => {
    stop ??= stopwatch();
    if (data.enrollment.is_active) seen++;
    if (seen === n) finish(stop(n));
  };
  return consuming(handle, done);
}

/** Answers each JSON line of standard input by the run of that name, until the input ends. */
export async function answerRuns(runs) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { what, ...options } = JSON.parse(line);
    process.stdout.write(`${JSON.stringify(await runs[what](options))}\n`);
  }
}
