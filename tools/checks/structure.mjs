// File sizes: 90 % of the files under 200 lines, none over 300, the generated catalogue aside.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

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
const tooLong = sizes.filter(({ lines }) => lines > 300);
const long = sizes.filter(({ lines }) => lines >= 200);
const share = 1 - long.length / sizes.length;
console.log(
  `${sizes.length} files, ${(share * 100).toFixed(1)} % under 200 lines, longest ${Math.max(...sizes.map((s) => s.lines))}`,
);
for (const { file, lines } of tooLong) console.error(`over 300 lines: ${file} (${lines})`);
if (share < 0.9) {
  console.error('more than 10 % of the files have 200 lines or more:');
  for (const { file, lines } of long) console.error(`  ${file} (${lines})`);
}
process.exit(tooLong.length || share < 0.9 ? 1 : 0);
