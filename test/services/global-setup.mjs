// Runs once, before the tests of the project `services`, and only when some of them are run.
import { register } from 'node:module';

register('./typescript-loader.mjs', import.meta.url);

export default async function startServices() {
  const { startSharedServices } = await import('./shared-services.ts');
  globalThis.sharedServices = await startSharedServices();
}
