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
parts. The first column has:

- a level (\`log\`, \`warn\`, \`error\`, \`debug\`): a line of the log,
- a code (\`NO_ROUTE\`): the message of an error with this \`code\`, or the reason in it,
- \`Error\`: the message of an error without a code, which is the \`cause\` of one that has a code, or the reason in its message,
- \`setting\`, \`found\`, \`expected\`: what a problem in a ConfigurationError is about, what was found, and what is expected,
- \`CONFIGURATION\`: another part of the message of a ConfigurationError,
- \`notice\`: what follows the colon in a line about a partition or stream,
- \`status\`: why a partition or stream is paused,
- \`part\`: a part of other messages.
`;

const folders = new Map();
for (const [file, source] of sources)
  for (const row of rowsOf(file, source)) {
    const folder = path.posix.dirname(file);
    if (!folders.has(folder)) folders.set(folder, []);
    folders.get(folder).push(row);
  }
const tables = [...folders].map(
  ([folder, rows]) =>
    `## ${folder}\n\n| level or code | text | file |\n| --- | --- | --- |\n${rows.join('\n')}\n`,
);
const made = await format([intro, ...tables].join('\n'), {
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
    rows.push(
      `| ${label === 'part' ? 'part' : `\`${label}\``} | ${code(shown)} | ${path.basename(file)} |`,
    );
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
