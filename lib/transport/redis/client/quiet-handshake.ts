import type { RedisClient } from './redis-client.js';
import { messageOf } from './redis-errors.js';

type Answer = (error: unknown, reply?: unknown) => void;
type Method = (...args: unknown[]) => Promise<unknown>;

/** What ioredis takes for no fault when it connects, and prints to the console. */
const NO_PASSWORD = /no password is set|without any password configured/;

/**
 * Has said by `tell` what ioredis itself would print while it connects: that the user may not INFO, so
 * that a Redis which loads its data looks ready, and that Redis wants no password.
 */
export function quietHandshake(client: RedisClient, tell: (what: string) => void): void {
  const its = client as unknown as Record<'info' | 'auth', Method | undefined>;
  const [info, auth] = [its.info, its.auth];
  // With nothing but a callback only the ready check asks.
  if (info)
    its.info = (...args) =>
      args.length === 1 && typeof args[0] === 'function'
        ? answered(withoutRight(info.call(client), tell), args[0] as Answer)
        : info.apply(client, args);
  if (auth)
    its.auth = (...args) => {
      const answer = typeof args.at(-1) === 'function' ? (args.pop() as Answer) : undefined;
      const reply = withoutPassword(auth.apply(client, args), tell);
      return answer ? answered(reply, answer) : reply;
    };
}

const withoutRight = (reply: Promise<unknown>, tell: (what: string) => void): Promise<unknown> =>
  unless(reply, /NOPERM/, {}, () =>
    tell('the user may not INFO, so it is not seen when Redis still loads its data'),
  );

const withoutPassword = (reply: Promise<unknown>, tell: (what: string) => void): Promise<unknown> =>
  unless(reply, NO_PASSWORD, 'OK', () => tell('a password is configured, and Redis wants none'));

/** The reply, or `instead` where Redis answers with an error that is no fault, of which `told` hears. */
async function unless(
  reply: Promise<unknown>,
  harmless: RegExp,
  instead: unknown,
  told: () => void,
): Promise<unknown> {
  try {
    return await reply;
  } catch (error) {
    if (!harmless.test(messageOf(error))) throw error;
    told();
    return instead;
  }
}

function answered(reply: Promise<unknown>, answer: Answer): Promise<unknown> {
  reply.then(
    (value) => answer(null, value),
    (error: unknown) => answer(error),
  );
  return reply;
}
