import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

/** README, the pages of docs/ and the other pages that stand beside what they describe. */
function pages(): string[] {
  const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  return [
    ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'sample-app/README.md'],
    ...['tools', 'test'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('README.md'))
        .map((file) => join(folder, file)),
    ),
    ...docs.map((name) => `docs/${name}`),
  ];
}

const withoutCode = (text: string): string =>
  text.replace(/^```[^]*?^```$/gm, '').replace(/`[^`\n]*`/g, 'code');

function leadsSomewhere(page: string, target: string): boolean {
  const [path, anchor] = target.split('#') as [string, string?];
  const file = path ? join(dirname(page), path) : page;
  if (!existsSync(join(root, file))) return false;
  return anchor === undefined || anchorsOf(read(file)).includes(anchor);
}

/** Of the headings of a page, as GitHub makes them. */
function anchorsOf(text: string): string[] {
  return [...text.replace(/^```[^]*?^```$/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
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

it('docs/settings.md has every option of deadLetter, in order', () => {
  const source = read('lib/settings/dead-letter-settings.ts');
  const declared = /export interface DeadLetterOptions \{[^]*?\n\}/.exec(source)![0];
  const options = [...declared.matchAll(/^ {2}readonly (\w+)\?:/gm)].map(([, name]) => name!);
  expect(options.length).toBeGreaterThan(4);
  const rows = read('docs/settings.md').match(/^\| `deadLetter\.\w+`/gm);
  expect(rows).toEqual(options.map((name) => `| \`deadLetter.${name}\``));
});

it('docs/errors.md has one section for each error code, in order, with when and what to do', () => {
  const union = /type EventBusErrorCode =([^;]+);/.exec(read('lib/errors/event-bus.error.ts'))![1]!;
  const codes = [...union.matchAll(/'(\w+)'/g)].map(([, code]) => code!);
  expect(codes.length).toBeGreaterThan(20);
  const sections = read('docs/errors.md').split(/^### /m).slice(1);
  expect(sections.map((section) => section.split('\n')[0])).toEqual(
    codes.map((code) => `\`${code}\``),
  );
  for (const section of sections)
    expect(section).toMatch(/^\n?`\w+`\n\n\*\*When:\*\* \S[^]+\n\n\*\*What to do:\*\* \S/);
});

it('links between pages lead to a page that is there, and to a heading of it', () => {
  const broken = pages().flatMap((page) =>
    [...withoutCode(read(page)).matchAll(/\]\((?!https?:)([^)\s]*)\)/g)]
      .map(([, target]) => target!)
      .filter((target) => !leadsSomewhere(page, target))
      .map((target) => `${page}: ${target}`),
  );
  expect(broken).toEqual([]);
});

it('each fault of docs/what-happens-when.md names a test that is there', () => {
  const page = read('docs/what-happens-when.md');
  const rows = page.split('\n').filter((line) => /^\| (?!what happens|-)/.test(line));
  expect(rows.length).toBeGreaterThan(40);
  const wrong = rows.filter((row) => {
    const [, , ours, python, test = ''] = row.split('|').map((cell) => cell.trim());
    const [, title, file] = /^\[(.+)\]\(\.\.\/(test\/[\w./-]+\.ts)\)$/.exec(test) ?? [];
    const isWhole = ours !== '' && python !== '' && file !== undefined;
    return !isWhole || !existsSync(join(root, file)) || !read(file).includes(`'${title}'`);
  });
  expect(wrong).toEqual([]);
});

it('the files that CONTRIBUTING.md names are there', () => {
  const named = [
    ...read('CONTRIBUTING.md').matchAll(/`((?:lib|test|docs|tools|api|bench)\/[\w./-]+)`/g),
  ].map(([, path]) => path!);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});
