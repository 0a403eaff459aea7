import { CourseKey } from '../../lib/events/keys/index.js';
import { isOpaqueKey, keyGrammars } from '../../lib/events/keys/key-grammars.js';
import type { OpaqueKeyKind } from '../../lib/events/field-type.js';
import { randomSource } from '../unit/codec/random-data.js';
import { KEYS, keyText } from '../unit/events/key-texts.js';
import { PythonDriver } from './python-driver.js';

const KINDS = Object.keys(keyGrammars) as OpaqueKeyKind[];
const CASES = 44_000;
const UNKNOWN_CHARACTER = /\p{Cn}/u;

type Answer = readonly [kinds: readonly OpaqueKeyKind[], course: readonly (string | null)[] | null];

let python: PythonDriver;
beforeAll(async () => {
  python = await PythonDriver.start('key_kinds.py');
}, 600_000);
afterAll(() => python?.kill());

it('every text is a key of the kinds of which it is one in Python, and a course key has the same parts', async () => {
  const below = randomSource(4_000);
  const different: unknown[] = [];
  const unique = new Set(KEYS);
  while (unique.size < CASES) unique.add(keyText(below));
  const texts = [...unique];
  const lines = texts.flatMap((_, i) => (i % 1_000 ? [] : [texts.slice(i, i + 1_000)]));
  python.write(lines);
  const answers: (Answer | null)[] = (await python.lines(lines.length)).flat();

  let compared = 0;
  const taken: Partial<Record<OpaqueKeyKind, number>> = {};
  texts.forEach((text, i) => {
    const answer = answers[i];
    if (answer === null || answer === undefined || UNKNOWN_CHARACTER.test(text)) return;
    compared++;
    const [inPython, course] = answer;
    const ours = KINDS.filter((kind) => isOpaqueKey(kind, text));
    for (const kind of ours) taken[kind] = (taken[kind] ?? 0) + 1;
    if (ours.join() !== inPython.join()) different.push({ text, ours, inPython });
    else if (course) {
      const { org, course: name, run, branch, version } = CourseKey.parts(text);
      // Python keeps the version as a number, so it writes it in lower case.
      const parts = [org, name, run, branch, version?.toLowerCase() ?? null];
      if (JSON.stringify(parts) !== JSON.stringify(course))
        different.push({ text, parts, inPython: course });
    }
  });

  expect(different.slice(0, 10)).toEqual([]);
  expect(compared).toBeGreaterThanOrEqual(40_000);
  // Enough of each kind on the side of the keys, too.
  expect(KINDS.filter((kind) => (taken[kind] ?? 0) < 100)).toEqual([]);
}, 120_000);
