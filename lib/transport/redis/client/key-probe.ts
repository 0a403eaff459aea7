import { ConfigurationError } from '../../../errors/index.js';
import { messageOf } from './redis-errors.js';

/** What Redis says to an XADD of the id `0-0` that it would carry out with another one. */
const IMPOSSIBLE_ID = /must be greater than 0-0/;

/** Tries a command on a key of our own. Rejects with ConfigurationError where the key is of another type, else as `ask`. */
export async function probeKey(
  key: string,
  type: 'stream' | 'hash',
  ask: () => Promise<unknown>,
): Promise<void> {
  try {
    await ask();
  } catch (error) {
    const message = messageOf(error);
    if (IMPOSSIBLE_ID.test(message)) return;
    if (!/\bWRONGTYPE\b/.test(message)) throw error;
    throw new ConfigurationError(
      [
        {
          setting: `Redis key ${key}`,
          found: `a key that is not a ${type}`,
          allowed:
            'no key of this name, or the one that this package creates. Rename the key; for dead letters you can set deadLetter.topic instead',
        },
      ],
      { cause: error },
    );
  }
}
