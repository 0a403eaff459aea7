import { createHash } from 'node:crypto';
import { fullTopic } from '../transport/topic-prefix.js';

/** Kafka takes no longer name. */
const LONGEST_NAME = 249;
const HASH_LENGTH = 8;

/**
 * A topic name, without prefix, of characters and of a length that every broker takes with the prefix; a hash keeps apart
 * what would become the same. The suffix is kept as it is.
 */
export function fittingTopic(prefix: string | undefined, name: string, suffix: string): string {
  const room = LONGEST_NAME - fullTopic(prefix, suffix).length;
  const plain = name.replace(/[^\w.-]/g, '_');
  if (plain === name && plain.length <= room) return plain + suffix;
  const hash = createHash('sha1').update(name).digest('hex').slice(0, HASH_LENGTH);
  return `${plain.slice(0, room - HASH_LENGTH - 1)}-${hash}${suffix}`;
}
