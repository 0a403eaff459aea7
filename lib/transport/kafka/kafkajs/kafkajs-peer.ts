import type * as kafkajs from 'kafkajs';
import { MissingPeerError } from '../../../errors/index.js';
import type { KafkaTransportOptions } from '../kafka-options.js';

/** The names of kafkajs that Node can import from it by name. */
export type KafkajsModule = Pick<
  typeof kafkajs,
  'Kafka' | 'logLevel' | 'CompressionTypes' | 'AssignerProtocol' | 'PartitionAssigners'
>;

/**
 * The module given, else the installed package `kafkajs`, which is loaded here and not before. Throws
 * MissingPeerError.
 */
export async function loadKafkajs(given: KafkaTransportOptions['client']): Promise<KafkajsModule> {
  if (given) return given as unknown as KafkajsModule;
  try {
    return await import('kafkajs');
  } catch (error) {
    throw new MissingPeerError('kafkajs', 'The Kafka transport', error);
  }
}
