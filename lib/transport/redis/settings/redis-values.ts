import { tellValues } from '../../common/resolved-values.js';
import type { TransportHost } from '../../wire-format.interface.js';
import type { RedisTransportOptions } from './redis-place.js';
import type { RedisSettings } from './redis-settings.js';

const URL = 'EVENT_BUS_REDIS_CONNECTION_URL';

/** Tells the host what the transport works with, under the names and in the units of its options. */
export function tellRedisValues(
  options: RedisTransportOptions,
  settings: RedisSettings,
  host: Pick<TransportHost, 'onResolved' | 'setting'>,
): void {
  const { cluster, askCredentials } = settings;
  tellValues(
    'redisTransport',
    options,
    [
      { option: 'url', setting: URL, value: options.url ?? host.setting(URL) ?? undefined },
      {
        option: 'cluster',
        value: cluster?.nodes,
        shown: cluster?.nodes.map((node) => `${node.host}:${node.port}`).join(', '),
      },
      {
        option: 'credentialsProvider',
        value: askCredentials,
        shown: askCredentials && 'a function',
      },
      {
        option: 'streamMaxLen',
        setting: 'EVENT_BUS_REDIS_STREAM_MAX_LEN',
        value: settings.streamMaxLen,
      },
      {
        option: 'pollTimeout',
        setting: 'EVENT_BUS_REDIS_CONSUMER_POLL_TIMEOUT',
        value: settings.blockMs / 1_000,
      },
      {
        option: 'pollFailureSleep',
        setting: 'EVENT_BUS_REDIS_CONSUMER_POLL_FAILURE_SLEEP',
        value: settings.failureSleepMs / 1_000,
      },
      { option: 'consumerName', value: settings.consumerName },
      { option: 'consumerNameTimeout', value: settings.nameTimeoutMs / 1_000 },
      { option: 'claimIdle', value: settings.claimIdleMs / 1_000 },
      { option: 'removeDeadMembers', value: settings.removeDeadMembersMs / 1_000 },
      { option: 'singleActive', value: settings.singleActive },
      { option: 'readCount', value: settings.readCount },
    ],
    host,
  );
}
