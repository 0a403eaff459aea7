import { kindOf } from '../../errors/foreign-error.js';

export type TokenProvider = () => Promise<{ value: string }>;

/**
 * A provider of tokens whose failures do not say what it said: it may quote the token that was refused, the
 * secret of the client, or the answer of the server that gives tokens.
 */
export function quietProvider(provider: TokenProvider): TokenProvider {
  return async () => {
    let token: unknown;
    try {
      token = await provider();
    } catch (error) {
      // eslint-disable-next-line preserve-caught-error -- what it says is what must not be shown
      throw new Error(`the oauthBearerProvider of the application failed (${kindOf(error)})`);
    }
    const { value } = (token ?? {}) as { value?: unknown };
    if (typeof value === 'string' && value !== '') return token as { value: string };
    throw new Error('the oauthBearerProvider of the application gave no { value: token }');
  };
}
