import type { ConfigurationProblem } from '../../../errors/index.js';
import { shownValue } from '../../../errors/outside-text.js';
import { SET_BY_TRANSPORT } from '../../../errors/unknown-names.js';
import { Hidden } from '../../../common/hidden.js';
import { splitPythonUrl } from './url-parameters.js';
import { parseRedisUrl } from './redis-url.js';
import type { RedisClientModule, RedisCredentials } from '../client/redis-client.js';

type Options = Readonly<Record<string, unknown>>;

export interface ClusterPlace {
  /** To be asked first. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  /** Of the ioredis cluster client. */
  readonly options: Hidden<Options>;
}

export interface RedisPlace {
  /** ioredis options. */
  readonly connection: Options;
  readonly cluster: ClusterPlace | undefined;
  /** What of the URLs has no effect, each with the name of its setting. */
  readonly warnings: readonly string[];
}

// Each would change what we write or how we read the replies.
const FORBIDDEN = ['keyPrefix', 'enableAutoPipelining', 'lazyConnect', 'enableOfflineQueue'].concat(
  ['replyMapping', 'scaleReads'],
);
const PLACES = ['host', 'path', 'sentinels', 'Connector'];
const SETTING = 'EVENT_BUS_REDIS_CONNECTION_URL';

/** What is found out about the URLs. */
interface Found {
  readonly problems: ConfigurationProblem[];
  readonly warnings: Set<string>;
}

/** Where and as whom to connect; what is wrong with it is added to the problems. */
export function redisPlace(
  options: RedisTransportOptions,
  setting: (name: string) => unknown,
  problems: ConfigurationProblem[],
): RedisPlace {
  const { cluster, url: given } = options;
  const redis = inside('redis', options.redis, problems);
  const clusterOptions = inside('clusterOptions', options.clusterOptions, problems);
  const isElsewhere =
    cluster === undefined ? PLACES.some((key) => redis[key] !== undefined) : cluster !== true;
  const name = given === undefined ? SETTING : 'redisTransport url';
  const url = given ?? setting(SETTING);
  const isMissing = url === undefined || url === null || url === '';
  if (isMissing && !isElsewhere)
    problems.push({ setting: name, found: 'not set', allowed: 'the URL of a Redis server' });
  const found: Found = { problems, warnings: new Set() };
  const address = isMissing ? {} : addressOf(url, name, redis, found);
  if (cluster === undefined)
    return {
      connection: withPassword({ ...redis, ...address }, address),
      cluster,
      warnings: [...found.warnings],
    };
  const { redisOptions, ...others } = clusterOptions;
  if (redisOptions !== undefined)
    problems.push({
      setting: 'redisTransport clusterOptions.redisOptions',
      found: 'a value',
      allowed: 'this option not to be set (put the options of the nodes into `redis`)',
    });
  const listed = (Array.isArray(cluster) ? (cluster as readonly unknown[]) : []).map((node) =>
    typeof node === 'string' && splitPythonUrl(nodeUrl(node))?.host !== ''
      ? addressOf(nodeUrl(node), 'redisTransport cluster', redis, found)
      : nodeOf(node, problems),
  );
  const nodes = cluster === true ? [address] : listed;
  if (nodes.length === 0)
    problems.push({ setting: 'redisTransport cluster', found: '[]', allowed: 'at least one node' });
  const logsOn = Object.assign({}, ...listed, address) as Options;
  const merged = withPassword({ ...redis, ...logsOn }, logsOn);
  if (Number(merged.db ?? 0) !== 0)
    problems.push({
      setting: 'redisTransport cluster',
      found: `database ${shownValue('db', merged.db)}`,
      allowed: 'database 0, the only one of a Redis Cluster',
    });
  const connection = Object.fromEntries(
    Object.entries(merged).filter(([key]) => !['host', 'port', 'path', 'db'].includes(key)),
  );
  return {
    connection,
    cluster: { nodes: nodes.map(hostAndPort), options: new Hidden(others) },
    warnings: [...found.warnings],
  };
}

/** A user that a URL names without a password logs on with an empty one, as in redis-py. */
function withPassword(connection: Options, { username }: Options): Options {
  const isMissing = (connection.password ?? undefined) === undefined;
  return username !== undefined && isMissing ? { ...connection, password: '' } : connection;
}

function hostAndPort({ host, port }: Options): { host: string; port: number } {
  return { host: typeof host === 'string' ? host : 'localhost', port: Number(port ?? 6379) };
}

function addressOf(
  url: unknown,
  setting: string,
  { tls }: Options,
  { problems, warnings }: Found,
): Options {
  if (typeof url !== 'string') {
    problems.push({ setting, found: typeof url, allowed: 'a URL string' });
    return {};
  }
  const address = parseRedisUrl(url, setting, typeof tls === 'object' && tls !== null ? tls : {});
  problems.push(...address.problems);
  for (const warning of address.warnings) warnings.add(`${setting}: ${warning}`);
  return address.options;
}

function nodeUrl(node: string): string {
  return node.includes('://') ? node : `redis://${node}`;
}

function nodeOf(node: unknown, problems: ConfigurationProblem[]): Options {
  const { host, port = 6379 } = (typeof node === 'string' ? {} : (node ?? {})) as Options;
  const fits = Number.isInteger(port) && Number(port) > 0 && Number(port) < 65_536;
  if (typeof host === 'string' && host !== '' && fits) return { host, port };
  const found =
    typeof host === 'string' && host !== ''
      ? `a node with port ${shownValue('port', port)}`
      : 'a node without a host';
  problems.push({
    setting: 'redisTransport cluster',
    found,
    allowed:
      'nodes as URLs, as `host:port` or as { host, port }; every character of a user or password in a URL that is not a letter or digit must be percent-encoded',
  });
  return {};
}

/** The options in an option, which may be left out. */
function inside(option: string, given: unknown, problems: ConfigurationProblem[]): Options {
  if (given === undefined) return {};
  if (typeof given === 'object' && given !== null) {
    forbid(option, given as Options, problems);
    return given as Options;
  }
  const setting = `redisTransport ${option}`;
  problems.push({ setting, found: given === null ? 'null' : typeof given, allowed: 'an object' });
  return {};
}

function forbid(option: string, given: Options, problems: ConfigurationProblem[]): void {
  for (const name of FORBIDDEN.filter((key) => key in given))
    problems.push({
      setting: `redisTransport ${option}.${name}`,
      found: shownValue(name, given[name]),
      allowed: SET_BY_TRANSPORT,
    });
}

/** A node of a Redis Cluster: a URL, `host:port`, or the two apart. The default port is 6379. */
export type RedisNode = string | { readonly host: string; readonly port?: number };

/** Options of `redisTransport`. Every option may be left out. Times are in seconds, as in the settings of Python. */
export interface RedisTransportOptions {
  /**
   * `redis://[user]:[password]@host:port/db`, `rediss://…` for TLS, or `unix:///path`, with the same meaning as in
   * redis-py. Reserved characters must be percent-encoded. Default: EVENT_BUS_REDIS_CONNECTION_URL. Not needed if `redis`
   * contains the address (`host`, `path`, `sentinels`).
   */
  readonly url?: string | undefined;
  /**
   * Entries that a stream keeps, about (`MAXLEN ~`). Default: EVENT_BUS_REDIS_STREAM_MAX_LEN, else
   * 10,000 as in Python. Older entries are dropped, read or not.
   */
  readonly streamMaxLen?: number | undefined;
  /**
   * Seconds that a read waits at Redis for new entries; a read connection that died unnoticed is
   * found a few seconds later. Default: EVENT_BUS_REDIS_CONSUMER_POLL_TIMEOUT, else 5 (Python
   * waits 60).
   */
  readonly pollTimeout?: number | undefined;
  /**
   * Seconds before the second try after a read failed; later tries wait longer, at most 30 s.
   * Default: EVENT_BUS_REDIS_CONSUMER_POLL_FAILURE_SLEEP, else 1.
   */
  readonly pollFailureSleep?: number | undefined;
  /**
   * Name of the member in its groups, under which Redis keeps its entries in flight: unique among live processes, and
   * the same again after a restart. Default: the host name.
   */
  readonly consumerName?: string | undefined;
  /**
   * Seconds for which another running process may still use `consumerName` when this one starts, such as the old pod in a
   * rolling update. During this time the bus is `joining`; afterwards consuming ends for good. Default: 60.
   */
  readonly consumerNameTimeout?: number | undefined;
  /**
   * Seconds after which an entry that is pending at another member, and that nobody has touched, is
   * claimed: that member died. A live one touches its entries every few seconds, however slow
   * its handlers are. Default: 60.
   */
  readonly claimIdle?: number | undefined;
  /**
   * Seconds after which a member of the bus's groups that is gone and has nothing pending is removed from
   * them. Default: never.
   */
  readonly removeDeadMembers?: number | undefined;
  /**
   * Only one member of a group reads a stream at a time, and another takes over within about 5 s when it dies,
   * so that several members keep the order of the stream. All members must have the option. Default: false.
   */
  readonly singleActive?: boolean | undefined;
  /** Entries fetched at once from each stream. Default: 100. */
  readonly readCount?: number | undefined;
  /**
   * Redis Cluster: the nodes to connect to first, each as a URL or as `host:port`. User, password and TLS of `url` or of a
   * node apply to all nodes. `true`: the node in `url`.
   */
  readonly cluster?: true | readonly RedisNode[] | undefined;
  /** Options of the ioredis cluster client, such as `natMap` or `dnsLookup`. */
  readonly clusterOptions?: object | undefined;
  /**
   * Options of the ioredis clients (in a cluster: of the client of each node), such as `tls`, `username`,
   * `sentinels`. Values in `url` take precedence.
   */
  readonly redis?: object | undefined;
  /**
   * Called for user and password whenever a connection is opened: for short-lived or rotated credentials. Takes precedence
   * over those of `url` and `redis`. It is called often, so it should cache its result while that is valid.
   */
  readonly credentialsProvider?: (() => RedisCredentials | Promise<RedisCredentials>) | undefined;
  /** The ioredis to use, for example `import * as ioredis from 'ioredis'`. Default: the installed one. */
  readonly client?: RedisClientModule | undefined;
}
