import type { RedisCredentials } from '../settings/redis-place.js';
import type { RedisClient } from './redis-client.js';

export type AskCredentials = () => Promise<RedisCredentials>;

/** What ioredis 5 and 6 have of a connection. */
interface Connecting {
  readonly options: { username?: string | undefined; password?: string };
  readonly connector: { connecting: boolean; connect(...args: unknown[]): Promise<unknown> };
  readonly condition?: { auth?: unknown } | null;
  duplicate(options?: object): RedisClient;
}

/** Has a client that does not connect yet ask for user and password whenever it connects, and its duplicates too. */
export function askForCredentials(client: RedisClient, ask: AskCredentials): void {
  const its = client as unknown as Connecting;
  const { connector } = its;
  const connect = connector.connect.bind(connector);
  connector.connect = async (...args) => {
    connector.connecting = true;
    const { username, password } = await ask();
    // Somebody ended the client meanwhile.
    if (!connector.connecting) throw new Error('Connection is closed.');
    Object.assign(its.options, { username, password });
    if (its.condition) its.condition.auth = username ? [username, password] : password;
    return connect(...args);
  };
  const duplicate = its.duplicate.bind(client);
  its.duplicate = (options) => {
    const made = duplicate(options);
    askForCredentials(made, ask);
    return made;
  };
}
