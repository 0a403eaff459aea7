import { kindOf } from '../../errors/foreign-error.js';
import { timerMs } from '../../common/waiting.js';

/** How long a function of the application may take. */
const PATIENCE_MS = 10_000;

/** A function of the application that gives credentials failed. It says nothing of what the function said. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
}

export interface ProviderOption<T> {
  /** As it is called in messages. */
  readonly option: string;
  /** Throws or gives undefined where it is not what is wanted. */
  readonly read: (given: object) => T | undefined;
  /** What is wanted. */
  readonly wanted: string;
}

/**
 * A function of the application that gives credentials. Rejects with CredentialsError, which does not show what the
 * function threw or gave: it may quote a secret, or the answer of the server that gives tokens.
 */
export function quietProvider<T>(
  provider: () => unknown,
  { option, read, wanted }: ProviderOption<T>,
  patienceMs = PATIENCE_MS,
): () => Promise<T> {
  return async () => {
    let given: unknown;
    try {
      given = await inTime(provider(), patienceMs);
    } catch (error) {
      const why = error === TOO_LATE ? `timed out after ${patienceMs} ms` : kindOf(error);
      // What it says is what must not be shown.
      throw new CredentialsError(`the application's ${option} failed (${why})`);
    }
    const credentials = asked(given, read);
    if (credentials !== undefined) return credentials;
    throw new CredentialsError(`the application's ${option} did not return ${wanted}`);
  };
}

const TOO_LATE = Symbol('too late');

async function inTime(given: unknown, ms: number): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it is for us alone
    timer = setTimeout(() => reject(TOO_LATE), timerMs(ms));
  });
  try {
    return await Promise.race([given, late]);
  } finally {
    clearTimeout(timer);
  }
}

function asked<T>(given: unknown, read: ProviderOption<T>['read']): T | undefined {
  try {
    return typeof given === 'object' && given !== null ? read(given) : undefined;
  } catch {
    return undefined;
  }
}

/** Both are texts, and the password is not empty; a user may be missing where that is allowed. */
export function userAndPassword(
  given: object,
): { username?: string; password: string } | undefined {
  const { username, password } = given as { username?: unknown; password?: unknown };
  if (typeof password !== 'string' || password === '') return undefined;
  if (username === undefined || username === null) return { password };
  return typeof username === 'string' ? { username, password } : undefined;
}
