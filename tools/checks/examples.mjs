// Each example compiles as a newcomer compiles it: with its own settings and `npm run build`, against the packed package
// as it is built at present; and all programs that its scripts start are there then.
import { rm } from 'node:fs/promises';
import { register } from 'node:module';
import { dirname } from 'node:path';

register('../../test/services/typescript-loader.mjs', import.meta.url);
const { packBuilt } = await import('../../test/applications/application.ts');
const { Example, exampleNames } = await import('../../test/examples/example.ts');

const tarball = await packBuilt();
let failures = 0;
for (const name of await exampleNames()) {
  const example = await Example.install(name, tarball);
  try {
    await example.run('build');
    const missing = example.missingPrograms();
    if (missing.length > 0) throw new Error(`its build does not make ${missing.join(', ')}`);
    console.log(`examples/${name}: compiles`);
  } catch (error) {
    failures++;
    console.error(`examples/${name}: ${error.message}`);
  } finally {
    await example.remove();
  }
}
await rm(dirname(tarball), { recursive: true });
process.exit(failures > 0 ? 1 : 0);
