import { readFileSync } from 'node:fs';
import { keyGrammars, isOpaqueKey } from '../../../lib/events/keys/key-grammars.js';
import type { OpaqueKeyKind } from '../../../lib/events/field-type.js';
import { canonicalDatetime } from '../../../lib/events/text/datetime.js';
import { canonicalUuid } from '../../../lib/events/text/uuid.js';

// Recorded from real Python by data/record.py.
const table = <T>(name: string): [string, T][] =>
  Object.entries(JSON.parse(readFileSync(new URL(`./data/${name}.json`, import.meta.url), 'utf8')));

const kinds = Object.keys(keyGrammars) as OpaqueKeyKind[];
const shown = <T>(cases: [string, T][]) =>
  cases.map(([text, result]): [string, string, T] => [JSON.stringify(text), text, result]);

describe('datetime text', () => {
  it.each(shown(table<string | null>('datetimes')))(
    '%s is read as Python reads it',
    (_, text, to) => {
      expect(canonicalDatetime(text)).toBe(to ?? undefined);
    },
  );

  it('has one form: reading the canonical text changes nothing', () => {
    for (const [, canonical] of table<string | null>('datetimes')) {
      if (canonical !== null) expect(canonicalDatetime(canonical)).toBe(canonical);
    }
  });
});

describe('UUID text', () => {
  it.each(shown(table<string | null>('uuids')))('%s is read as Python reads it', (_, text, to) => {
    expect(canonicalUuid(text)).toBe(to ?? undefined);
  });
});

describe('opaque key text', () => {
  it.each(shown(table<OpaqueKeyKind[]>('opaque-keys')))(
    '%s is a key of the classes that take it in Python',
    (_, text, valid) => {
      expect(kinds.filter((kind) => isOpaqueKey(kind, text))).toEqual(valid);
    },
  );
});
