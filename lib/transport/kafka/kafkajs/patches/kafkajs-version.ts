/** The version of the package `kafkajs` that is installed. Undefined where it cannot be read, as in a bundle. */
export async function installedKafkajs(): Promise<string | undefined> {
  try {
    const { readKafkajsVersion } = await import('./installed-kafkajs.js');
    return readKafkajsVersion();
  } catch {
    return undefined;
  }
}

/** Something inside kafkajs that was there at the start is not there. */
export function unsupportedKafkajs(lacking: string): Error {
  return new Error(`unsupported kafkajs version (required: 2.2): ${lacking} not found`);
}
