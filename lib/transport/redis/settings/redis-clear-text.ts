import { warnOfClearText } from '../../common/clear-text.js';
import type { TransportHost } from '../../wire-format.interface.js';
import type { RedisSettings } from './redis-settings.js';

const REMEDY =
  'use rediss:// or the option redis.tls (with Sentinels also redis.enableTLSForSentinelMode)';

/** Warns of passwords of Redis and of its Sentinels that go beyond this machine without TLS. */
export function warnOfClearPasswords(
  {
    connection,
    cluster,
    askCredentials,
  }: Pick<RedisSettings, 'connection' | 'cluster' | 'askCredentials'>,
  { bus, logger }: Pick<TransportHost, 'bus' | 'logger'>,
): void {
  const options = connection.reveal();
  // Of a cluster neither counts; null is what ioredis itself has for `not set`.
  if (!cluster && (options['path'] || options['Connector'])) return;
  const sentinels = hostsOf(options['sentinels']);
  const hosts = cluster
    ? cluster.nodes.map(({ host }) => host)
    : (sentinels ?? [textOf(options['host'])]);
  const overTls = options['tls'] && (!sentinels || options['enableTLSForSentinelMode']);
  if ((options['password'] || askCredentials) && !overTls)
    warnOfClearText(bus, logger, {
      what: 'The password of Redis (EVENT_BUS_REDIS_CONNECTION_URL or the options url, redis, credentialsProvider and cluster)',
      hosts,
      remedy: REMEDY,
    });
  if (sentinels && options['sentinelPassword'] && !options['sentinelTLS'])
    warnOfClearText(bus, logger, {
      what: 'The password of the Sentinels (option redis.sentinelPassword)',
      hosts: sentinels,
      remedy: 'use the option redis.sentinelTLS',
    });
}

function hostsOf(nodes: unknown): string[] | undefined {
  if (!Array.isArray(nodes)) return undefined;
  return nodes.map((node: unknown) => textOf((node as { host?: unknown } | null)?.host));
}

function textOf(host: unknown): string {
  return typeof host === 'string' ? host : 'localhost';
}
