// Removes the declarations that no declaration of an entry of the package leads to: nobody can import
// them, and they are a fifth of what is published.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const entries = Object.values(exports).flatMap(({ types }) => (types ? [join(root, types)] : []));

const reached = new Set();
const waiting = [...entries];
for (let file = waiting.pop(); file; file = waiting.pop()) {
  if (reached.has(file)) continue;
  reached.add(file);
  // `from './x.js'`, `import './x.js'` and `import("./x.js")`.
  const imports = readFileSync(file, 'utf8').matchAll(
    /(?:from|import)[ (]+["'](\.[^"']+)\.js["']/g,
  );
  for (const [, path] of imports) waiting.push(join(dirname(file), `${path}.d.ts`));
}

const dist = join(root, 'dist');
for (const path of readdirSync(dist, { recursive: true })) {
  const file = join(dist, path);
  if (file.endsWith('.d.ts') && !reached.has(file)) rmSync(file);
}
