// No file over 500 lines, the generated catalogue aside.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const MOST_LINES = 500;

const files = execFileSync('git', ['ls-files', '*.ts', '*.mjs', '*.py'], { encoding: 'utf8' })
  .split('\n')
  .filter(
    (file) =>
      file && !file.startsWith('lib/events/catalog/') && !file.endsWith('open-edx-event-map.ts'),
  );
const sizes = files.map((file) => ({
  file,
  lines: readFileSync(file, 'utf8').split('\n').length - 1,
}));
const tooLong = sizes.filter(({ lines }) => lines > MOST_LINES);
console.log(`${sizes.length} files, longest ${Math.max(...sizes.map((s) => s.lines))} lines`);
for (const { file, lines } of tooLong)
  console.error(`over ${MOST_LINES} lines: ${file} (${lines})`);
process.exit(tooLong.length ? 1 : 0);
