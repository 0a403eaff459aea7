import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StatusBoard } from '../../lib/observability/status-board.js';

const root = join(import.meta.dirname, '..', '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** The rows of the table whose first heading begins so. */
function table(page: string, heading: string): string[] {
  const lines = read(page).split('\n');
  const at = lines.findIndex((line) => line.startsWith(`| ${heading} `));
  const length = lines.slice(at).findIndex((line) => !line.startsWith('|'));
  return lines.slice(at + 2, at + length);
}

it('docs/nest.md has every count of the status, in order, with when it goes up and what to do', () => {
  const rows = table('docs/nest.md', '`counts`').map((row) =>
    row.split('|').map((cell) => cell.trim()),
  );
  const counts = Object.keys(new StatusBoard('default').snapshot().counts);
  expect(rows.map(([, name]) => name)).toEqual(counts.map((name) => `\`${name}\``));
  for (const row of rows) expect(row.slice(1, 4).every((cell) => cell.length > 1)).toBe(true);
});

it('docs/settings.md names every option of a bus', () => {
  const source = read('lib/settings/event-bus-settings.ts');
  const declared = source.slice(source.indexOf('export interface EventBusSettingsOptions'));
  const options = [...declared.matchAll(/^ {2}readonly (\w+)\?:/gm)].map(([, name]) => name!);
  expect(options.length).toBeGreaterThan(25);
  const page = read('docs/settings.md');
  const missing = options.filter((name) => !new RegExp(`\\b${name}\\b`, 'u').test(page));
  expect(missing).toEqual([]);
});

it('the files that CONTRIBUTING.md names are there', () => {
  const named = [
    ...read('CONTRIBUTING.md').matchAll(/`((?:lib|test|docs|tools|api|bench)\/[\w./-]+)`/g),
  ].map(([, path]) => path!);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});
