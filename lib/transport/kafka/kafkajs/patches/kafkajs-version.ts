import { createRequire } from 'node:module';

/** The version of the package `kafkajs` that is installed. Undefined where it cannot be read, as in a bundle. */
export function installedKafkajs(): string | undefined {
  try {
    const load = createRequire(import.meta.url);
    const { version } = load('kafkajs/package.json') as { version?: unknown };
    return typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}

/** Something inside kafkajs that was there at the start is not there. */
export function unsupportedKafkajs(lacking: string): Error {
  const version = installedKafkajs() ?? 'unknown';
  return new Error(
    `unsupported kafkajs version (installed: ${version}, required: 2.2): ${lacking} not found`,
  );
}
