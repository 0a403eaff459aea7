/**
 * Writes docs/messages.md: every text of lib that a log line, an error, a status or a problem of the configuration may show.
 * `--check` writes nothing: it exits with 1 where the page is not up to date.
 */
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import ts from 'typescript';
import { codesOf, labelOf } from './labels.mjs';
import { isText, textOf } from './texts.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = path.join(root, 'docs/messages.md');

/** Texts that people do not read: generated code, names of test cases, data. */
const LEFT_OUT = [
  'lib/events/catalog/',
  'lib/events/open-edx-event-map.ts',
  'lib/codec/history/layout-history.ts',
  'lib/codec/avro/generated-records.ts',
  'lib/testing/conformance/',
];

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'lib'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  .filter((file) => !LEFT_OUT.some((start) => file.startsWith(start)))
  .sort();
const sources = new Map();
for (const file of files) {
  const text = await readFile(path.join(root, file), 'utf8').catch(() => undefined);
  if (text !== undefined)
    sources.set(file, ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
}
const codes = codesOf(sources.values());

const intro = `# Messages

Every text that a log line, an error, the status or a problem of the configuration may show, as \`npm run docs:messages\` finds
them in the source. \`{name}\` stands for a value, \`[text]\` for a part that may be missing, \`{one / other}\` for one of several
parts. To find a line, search for words of it that are not a value. The last column names the file below \`lib\`.
`;

const LOG = new Set(['log', 'warn', 'error', 'debug', 'verbose', 'fatal', 'notice', 'status']);
const SECTIONS = [
  {
    title: 'Lines of the log',
    first: 'level',
    about: `A line about a partition or stream (consuming/subscribing/source-notices.ts) says what happened, then details after a colon,
then what to do: a \`notice\` is one of these parts. A \`status\` is not logged: the status shows it as the reason why a partition or
stream is paused.`,
    has: (label) => LOG.has(label),
  },
  {
    title: 'Errors',
    first: 'code',
    about: `The first column has the \`code\` of the error ([Errors](errors.md)). The text is the message of the error, or a reason in it.
\`Error\` stands for an error without a code, which is the \`cause\` of one that has a code, or the reason in its message.`,
    has: (label) => label === 'Error' || (/^[A-Z_]+$/.test(label) && label !== 'CONFIGURATION'),
    order: (label) => (label === 'Error' ? '~' : label),
  },
  {
    title: 'Problems of the configuration',
    first: 'part of the problem',
    about: `The message of a ConfigurationError lists problems. Each problem names a \`setting\`, the value that was \`found\`, and what is
\`expected\`. \`CONFIGURATION\` stands for another part of the message.`,
    has: (label) => ['setting', 'found', 'expected', 'CONFIGURATION'].includes(label),
  },
  {
    title: 'Parts of other messages',
    about: 'These texts stand in the messages above, in place of a value.',
    has: (label, file) => !file.startsWith('lib/cli/'),
  },
  {
    title: 'Texts of the command',
    about: 'These are the help and the answers of [openedx-event-bus](cli.md).',
    has: () => true,
  },
];

const rows = [...sources].flatMap(([file, source]) => rowsOf(file, source));
const sections = SECTIONS.map((section) => {
  const { title, first, about, order = () => '' } = section;
  const own = rows.filter(
    ({ label, file }) => SECTIONS.find(({ has }) => has(label, file)) === section,
  );
  own.sort((a, b) => compare(order(a.label), order(b.label)));
  const cells = own.map(({ label, shown, file }) => [
    ...(first ? [`\`${label}\``] : []),
    code(shown),
    file.slice('lib/'.length),
  ]);
  const head = [...(first ? [first] : []), 'text', 'file'];
  const table = [head, head.map(() => '---'), ...cells].map((row) => `| ${row.join(' | ')} |`);
  return `## ${title}\n\n${about}\n\n${table.join('\n')}\n`;
});
const made = await format([intro, ...sections].join('\n'), {
  ...(await resolveConfig(page)),
  filepath: page,
});

if (process.argv.includes('--check')) {
  const found = await readFile(page, 'utf8').catch(() => '');
  if (found !== made) {
    console.error('docs/messages.md is not up to date: npm run docs:messages');
    process.exitCode = 1;
  }
} else await writeFile(page, made);

function rowsOf(file, source) {
  const rows = [];
  const seen = new Set();
  const visit = (node) => {
    const text = textOf(node);
    if (text === undefined) return ts.forEachChild(node, visit);
    const label = labelOf(node, file, codes);
    const shown = text.replaceAll(/\s*\n\s*/g, ' ').trim();
    const key = `${label} ${shown}`;
    if (label === undefined || seen.has(key) || !isText(text, label)) return undefined;
    seen.add(key);
    rows.push({ label, shown, file });
    return undefined;
  };
  visit(source);
  return rows;
}

/** As code, in a cell of a table. */
function code(text) {
  const cell = text.replaceAll('|', '\\|');
  return cell.includes('`') ? `\`\` ${cell} \`\`` : `\`${cell}\``;
}

function compare(a, b) {
  return a < b ? -1 : Number(a > b);
}
