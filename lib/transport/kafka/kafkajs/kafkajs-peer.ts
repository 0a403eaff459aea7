import type * as kafkajs from 'kafkajs';
import { MissingPeerError } from '../../../errors/index.js';
import type { KafkaTransportOptions } from '../settings/kafka-options.js';

/** What we use of kafkajs. */
export type KafkajsModule = Pick<
  typeof kafkajs,
  'Kafka' | 'logLevel' | 'CompressionTypes' | 'AssignerProtocol' | 'PartitionAssigners'
> &
  Partial<Pick<typeof kafkajs, 'CompressionCodecs'>>;

/**
 * The module given, else the installed package `kafkajs`, which is loaded here and not before. Throws
 * MissingPeerError.
 */
export async function loadKafkajs(given: KafkaTransportOptions['client']): Promise<KafkajsModule> {
  if (given) return whole(given as unknown as KafkajsModule);
  try {
    return whole(await import('kafkajs'));
  } catch (error) {
    throw new MissingPeerError('kafkajs', 'The Kafka transport', error);
  }
}

/** Not all names of kafkajs can be imported from it by name; one that is given goes before kafkajs's own. */
function whole(module: KafkajsModule & { readonly default?: KafkajsModule }): KafkajsModule {
  return { ...module.default, ...module };
}
