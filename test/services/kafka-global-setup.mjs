// Runs once, before the tests of the project `kafka`, and only when some of them are run.
import { register } from 'node:module';

register('./typescript-loader.mjs', import.meta.url);

export default async function startKafka() {
  const { startSharedKafka } = await import('./shared-kafka.ts');
  globalThis.sharedKafka = await startSharedKafka();
}
