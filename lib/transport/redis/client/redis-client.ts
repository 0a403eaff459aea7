import { ConfigurationError, MissingPeerError } from '../../../errors/index.js';
import { messageOf } from './redis-errors.js';

export type RedisArgument = string | number | Buffer;

/** The part of an ioredis client that we use; the same in ioredis 5 and 6. */
export interface RedisClient {
  readonly status: string;
  /** The socket at present, if there is one. */
  readonly stream?: { readonly bytesRead?: number; unref?(): unknown } | null;
  connect(): Promise<unknown>;
  disconnect(reconnect?: boolean): void;
  callBuffer(command: string, ...args: RedisArgument[]): Promise<unknown>;
  pipeline(): RedisPipeline;
  on(event: string, listener: (...args: never[]) => void): unknown;
}

export interface RedisPipeline {
  callBuffer(command: string, ...args: RedisArgument[]): unknown;
  sendCommand?(command: RedisCommand): unknown;
  exec(): Promise<[error: Error | null, reply: unknown][] | null>;
}

/** The part of an ioredis command that we use. */
export interface RedisCommand {
  toWritable(socket: object): string | Buffer;
}

/** The part of an ioredis cluster client that we use, besides. */
export interface ClusterClient extends RedisClient {
  /** `host:port` of the nodes that have each slot, the master first. */
  readonly slots: readonly (readonly string[] | undefined)[];
  /** Asks the cluster again who has what. */
  refreshSlotsCache(): void;
}

export interface RedisClientClasses {
  readonly Redis: new (options: object) => RedisClient;
  /** Missing where an application hands over only the other. */
  readonly Cluster?: new (nodes: readonly unknown[], options: object) => ClusterClient;
  readonly Command?: new (name: string, args: RedisArgument[], options: object) => RedisCommand;
}

/** The part of the package `ioredis`, 5 or 6, that an application may hand over. */
export interface RedisClientModule {
  /** The client of a server or of sentinels. */
  readonly Redis: new (...args: never[]) => object;
  /** The client of a cluster. Needed for Redis Cluster only. */
  readonly Cluster?: new (...args: never[]) => object;
}

/**
 * The client classes: of the module given, else of the installed package `ioredis`, which is loaded
 * here and not before. Throws MissingPeerError, ConfigurationError.
 */
export async function loadRedisClient(given?: RedisClientModule): Promise<RedisClientClasses> {
  const classes: unknown = given ?? (await importPeer());
  if (typeof (classes as Partial<RedisClientClasses>).Redis === 'function')
    return classes as RedisClientClasses;
  throw new ConfigurationError([
    {
      setting: 'redisTransport client',
      found: 'a module without `Redis`',
      allowed: 'the ioredis module',
    },
  ]);
}

async function importPeer(): Promise<RedisClientModule> {
  try {
    return await import('ioredis');
  } catch (error) {
    throw new MissingPeerError('ioredis', 'The Redis transport', error);
  }
}

/** What goes with an ioredis client of ours. */
export interface ClientManners {
  /** Says something that is no fault, and to be known. */
  readonly tell: (what: string) => void;
  /** Whether a refusal calls for a new connection. */
  readonly renewsOn?: ((error: Error) => boolean) | undefined;
  readonly askCredentials?: AskCredentials | undefined;
  /** Reads wait at Redis for entries: that nothing comes is no fault. */
  readonly isForReads?: boolean;
}

/** Options of ioredis that end a read which waits; RedisConnection finds a silent connection. */
const NO_TIMEOUTS = {
  commandTimeout: undefined,
  socketTimeout: undefined,
  blockingTimeout: undefined,
} as const;

/** A client that does not connect yet. */
export function openClient(
  Redis: RedisClientClasses['Redis'],
  options: object,
  { tell, renewsOn = () => false, askCredentials, isForReads = false }: ClientManners,
): RedisClient {
  let isRenewing = false;
  // ioredis would close the connection once more, with one more listener, for each refusal of a pipeline.
  const reconnectOnError = (error: Error): boolean => {
    if (isRenewing || !renewsOn(error)) return false;
    return (isRenewing = true);
  };
  const timeouts = isForReads ? NO_TIMEOUTS : {};
  const client = new Redis({ ...options, ...timeouts, reconnectOnError });
  // A class of the application's may have options of its own.
  Object.assign((client as { options?: object }).options ?? {}, timeouts);
  client.on('connect', () => (isRenewing = false));
  adopt(client, { tell, askCredentials });
  return client;
}

function adopt(
  client: RedisClient,
  { tell, askCredentials }: Omit<ClientManners, 'renewsOn'>,
): void {
  letProcessEnd(client);
  quietHandshake(client, tell);
  if (askCredentials) askForCredentials(client, askCredentials);
}

/** Has neither the socket of a client nor its wait for the next try keep the process alive. */
function letProcessEnd(client: RedisClient): void {
  client.on('connect', () => client.stream?.unref?.());
  client.on('reconnecting', () => timersOf(client).reconnectTimeout?.unref());
}

/** Timers that ioredis keeps, and has no option for. */
interface ClientTimers {
  /** Until the next try to connect. */
  readonly reconnectTimeout?: NodeJS.Timeout | null;
  /** Until a cluster is asked again who has what. */
  readonly slotsTimer?: NodeJS.Timeout | null;
}

function timersOf(client: RedisClient): ClientTimers {
  return client as unknown as ClientTimers;
}

/**
 * Has the clients of a cluster client, which makes them itself, connect without a word on the console, and none of
 * them keep the process alive.
 */
export function quietCluster(
  cluster: ClusterClient,
  manners: Omit<ClientManners, 'renewsOn'>,
): void {
  cluster.on('+node', (node: RedisClient) => adopt(node, manners));
  cluster.on('reconnecting', () => timersOf(cluster).reconnectTimeout?.unref());
  // Set again after each look.
  for (const event of ['ready', 'refresh'])
    cluster.on(event, () => setImmediate(() => timersOf(cluster).slotsTimer?.unref()));
  // Its client for subscriptions, which no event tells of.
  const { subscriber: its } = cluster as { subscriber?: { subscriber?: RedisClient | null } };
  if (!its) return;
  let current = its.subscriber;
  Object.defineProperty(its, 'subscriber', {
    get: () => current,
    set: (next: typeof current) => {
      if (next) adopt(next, manners);
      current = next;
    },
  });
}

type Answer = (error: unknown, reply?: unknown) => void;
type Method = (...args: unknown[]) => Promise<unknown>;

/** What ioredis takes for no fault when it connects, and prints to the console. */
const NO_PASSWORD = /no password is set|without any password configured/;

/**
 * Has said by `tell` what ioredis itself would print while it connects: that the user may not INFO, so
 * that a Redis which loads its data looks ready, and that Redis wants no password.
 */
function quietHandshake(client: RedisClient, tell: (what: string) => void): void {
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
    tell(
      'the Redis user is not authorized for INFO, so this process cannot see whether Redis is still loading its data',
    ),
  );

const withoutPassword = (reply: Promise<unknown>, tell: (what: string) => void): Promise<unknown> =>
  unless(reply, NO_PASSWORD, 'OK', () =>
    tell('a password is configured, but Redis does not require one'),
  );

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

const CONTAINERS = new Set(['CLIENT', 'XGROUP', 'XINFO']);
const KEYLESS = new Set(['CLIENT', 'INFO', 'PING', 'SCAN', 'TIME']);

/** User and password of a connection, as `credentialsProvider` gives them. */
export interface RedisCredentials {
  /** An ACL user of Redis. Default: `default`. */
  readonly username?: string;
  /** Its password. No log line or error shows it. */
  readonly password: string;
}

/** A command and the keys that it is about, for messages: no other argument of it is shown. */
export function commandName(command: string, args: readonly RedisArgument[]): string {
  const words = CONTAINERS.has(command) ? `${command} ${String(args[0])}` : command;
  const keys = keysOf(command, args).map(String);
  return keys.length === 0 ? words : `${words} on ${keys.join(', ')}`;
}

function keysOf(command: string, args: readonly RedisArgument[]): readonly RedisArgument[] {
  if (KEYLESS.has(command)) return [];
  if (command === 'EVAL') return args.slice(2, 2 + Number(args[1]));
  if (CONTAINERS.has(command)) return args.slice(1, 2);
  const streams = args.indexOf('STREAMS') + 1;
  return streams > 0 ? args.slice(streams, (streams + args.length) / 2) : args.slice(0, 1);
}

export type AskCredentials = () => Promise<RedisCredentials>;

/** What ioredis 5 and 6 have of a connection. */
interface Connecting {
  readonly options: { username?: string | undefined; password?: string };
  readonly connector: { connecting: boolean; connect(...args: unknown[]): Promise<unknown> };
  readonly condition?: { auth?: unknown } | null;
  duplicate(options?: object): RedisClient;
}

/** Has a client that does not connect yet ask for user and password whenever it connects, and its duplicates too. */
function askForCredentials(client: RedisClient, ask: AskCredentials): void {
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
