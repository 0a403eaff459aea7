// A process of its own: its processor time is that of the entries, and it is ended where one of them never ends.
import { register } from 'node:module';

register('../../services/typescript-loader.mjs', import.meta.url);
const { entries, hostileTexts } = await import('./entries.ts');

const [SMALL, MIDDLE, LONGER, LARGE] = [10_000, 50_000, 200_000, 1_000_000];
/** How much longer than a small text one may take: far more than its length, far less than its square. */
const MOST = { [MIDDLE]: 15, [LONGER]: 100, [LARGE]: 300 };
/** Of processor time, in ms: below it the clock and the compiler decide. */
const FLOOR = 0.5;
/** How much longer than a fifth of its length a text of full length may take: 5 is its length, 25 its square. */
const MOST_OF_FIFTH = 18;
const TRIES = 3;
/** Texts of an entry that are tried in full length: those that took longest in the middle one. */
const LONGEST_TRIED = 2;

for (const { name, valid, run } of entries) {
  await timeOf(run, valid);
  const [small, middle, longer, large] = [SMALL, MIDDLE, LONGER, LARGE].map((size) =>
    hostileTexts(valid, size),
  );
  const slow = [];
  const tried = [];
  for (let at = 0; at < small.length; at++) {
    process.send({ begun: `${name}: ${small[at].about}` });
    const least = Math.max(FLOOR, await timeOf(run, small[at].text()));
    const suspect = [];
    const ms = await fits(run, middle[at], MIDDLE, least, suspect);
    // The compiler and the collector of garbage decide about short times: a longer text confirms it.
    if (suspect.length > 0) await fits(run, longer[at], LONGER, least, slow);
    tried.push({ at, least, ms });
  }
  tried.sort((a, b) => b.ms - a.ms);
  for (const { at, least } of slow.length > 0 ? [] : tried.slice(0, LONGEST_TRIED)) {
    process.send({ begun: `${name}: ${large[at].about}` });
    const suspect = [];
    const ms = await fits(run, large[at], LARGE, least, suspect);
    // A small text may have fitted into a cache that the large one leaves: what decides is how the time grows between long ones.
    if (suspect.length > 0 && !(await growsWithLength(run, longer[at], large[at], ms)))
      slow.push(...suspect);
  }
  process.send({ name, slow });
}
process.disconnect();

/** The time of a text; too long a one, which something else may have caused, is measured again. */
async function fits(run, { about, text }, size, least, slow) {
  const allowed = MOST[size] * least;
  let ms = Infinity;
  for (let n = 0; n < TRIES && ms > allowed; n++) ms = Math.min(ms, await timeOf(run, text()));
  if (ms > allowed)
    slow.push(`${about}: ${ms.toFixed(1)} ms for ${size}, ${least.toFixed(1)} ms for ${SMALL}`);
  return ms;
}

/** Whether a text of full length takes little enough more than a fifth of it, at least once: other work of the machine takes from either. */
async function growsWithLength(run, fifth, whole, ms) {
  let least = ms;
  for (let n = 0; n < TRIES; n++) {
    if (least <= MOST_OF_FIFTH * (await leastTime(run, fifth))) return true;
    least = Math.min(least, await timeOf(run, whole.text()));
  }
  return false;
}

async function leastTime(run, { text }) {
  let ms = Infinity;
  for (let n = 0; n < TRIES; n++) ms = Math.min(ms, await timeOf(run, text()));
  return ms;
}

async function timeOf(run, text) {
  const before = process.cpuUsage();
  try {
    await run(text);
  } catch {
    // Refused: also an answer.
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
