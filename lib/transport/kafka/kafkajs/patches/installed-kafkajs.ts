import { createRequire } from 'node:module';

/**
 * The version of the package `kafkajs` that is installed. Throws where it cannot be read, as in a bundle. In a file of its own,
 * loaded when it is needed: jest cannot load `import.meta` that was compiled to CommonJS.
 */
export function readKafkajsVersion(): string | undefined {
  const load = createRequire(import.meta.url);
  const { version } = load('kafkajs/package.json') as { version?: unknown };
  return typeof version === 'string' ? version : undefined;
}
