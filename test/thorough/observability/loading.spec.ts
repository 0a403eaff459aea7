import { type BuiltLibrary, buildLibrary } from '../../faults/driver/built-library.js';
import { run } from '../../services/child-process.js';

/** Loads modules where everything of OpenTelemetry is refused, and writes what came of it. */
const PROGRAM = `
import { register } from 'node:module';
const refusing = \`export async function resolve(name, context, next) {
  if (name.startsWith('@opentelemetry')) throw new Error('asked for ' + name);
  return next(name, context);
}\`;
register('data:text/javascript,' + encodeURIComponent(refusing));
await import('reflect-metadata');
const ends = [];
for (const address of process.argv.slice(1))
  ends.push(await import(address).then(() => 'loaded', (error) => error.message));
process.stdout.write(JSON.stringify(ends));
`;

describe('OpenTelemetry', () => {
  let library: BuiltLibrary;
  beforeAll(async () => void (library = await buildLibrary()), 120_000);
  afterAll(() => library.remove());

  it('is loaded by its own entry point alone', async () => {
    const entries = [
      ...['index.js', 'events/index.js', 'schema/index.js', 'dead-letters/index.js'],
      ...['transport/index.js', 'transport/memory/index.js', 'transport/redis/index.js'],
      ...['transport/kafka/index.js', 'telemetry/index.js', 'testing/index.js', 'cli/index.js'],
      'opentelemetry/index.js',
    ].map((entry) => library.address + entry);
    const flags = ['--no-warnings', '--input-type=module', '--eval', PROGRAM];
    const told = await run(process.execPath, [...flags, ...entries], { timeout: 60_000 });
    const ends = JSON.parse(told) as string[];
    expect(ends.slice(0, -1)).toEqual(entries.slice(0, -1).map(() => 'loaded'));
    expect(ends.at(-1)).toBe('asked for @opentelemetry/api');
  }, 120_000);
});
