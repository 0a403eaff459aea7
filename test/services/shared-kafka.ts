import { provisionPython } from './python.js';
import { startKafka, type KafkaAddresses } from './kafka.js';
import { startRegistry } from './registry.js';
import type { SharedServices } from './shared-services.js';

/**
 * Starts the Kafka and the schema registry that all tests of the jest project `kafka` share. Tests find
 * them in the environment: TEST_KAFKA. Rejects with ServiceUnavailableError when one cannot be had.
 */
export async function startSharedKafka(): Promise<SharedServices> {
  const starting = [startKafka(), startRegistry(), provisionPython()] as const;
  try {
    const [kafka, registry] = await Promise.all(starting);
    const { bootstrap, certificates } = kafka;
    process.env.TEST_KAFKA = JSON.stringify({ bootstrap, certificates, registry: registry.url });
    return {
      stop: async () => {
        await Promise.all([kafka.stop(), registry.stop()]);
      },
    };
  } catch (error) {
    const started = await Promise.allSettled(starting.slice(0, 2) as Promise<SharedServices>[]);
    for (const one of started) if (one.status === 'fulfilled') await one.value.stop();
    throw error;
  }
}

/** The Kafka that all tests share: each test takes topic and group names of its own. */
export function sharedKafka(): KafkaAddresses {
  return shared();
}

/** Where the API of the schema registry that all tests share begins: subjects carry the topic, so they do not meet. */
export function sharedRegistryUrl(): string {
  return shared().registry;
}

function shared(): KafkaAddresses & { readonly registry: string } {
  const text = process.env.TEST_KAFKA;
  if (!text) throw new Error('TEST_KAFKA is not set: run this file in the jest project `kafka`');
  return JSON.parse(text);
}
