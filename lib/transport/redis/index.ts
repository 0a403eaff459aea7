import { unreadable } from '../../errors/thrown-values.js';
import type { TransportFactory, TransportHost, TransportParts } from '../wire-format.interface.js';
import { StreamWireFormat } from '../wire/stream-wire-format.js';
import { HealthBoard } from '../common/health-board.js';
import { loadRedisClient } from './client/redis-client.js';
import { openDeployment } from './redis-deployments.js';
import type { RedisTransportOptions } from './settings/redis-place.js';
import { tellRedisValues } from './settings/redis-values.js';
import { warnOfClearPasswords, redisSettings } from './settings/redis-settings.js';
import { RedisTransport } from './redis-transport.js';

export {
  redisIdempotencyStore,
  type RedisIdempotencyStoreOptions,
} from './idempotency/redis-idempotency-store.js';
export type { RedisClientModule } from './client/redis-client.js';
export type { RedisCredentials } from './client/redis-client.js';
export type { RedisNode, RedisTransportOptions } from './settings/redis-place.js';

/**
 * The transport for Redis Streams, compatible byte for byte with edx-event-bus-redis. Needs the package `ioredis`
 * (5 or 6), which is loaded when a bus is created. The bus owns the connections that it opens.
 *
 * The returned factory throws ConfigurationError with every problem of options and settings,
 * MissingPeerError without ioredis.
 */
export function redisTransport(options: RedisTransportOptions = {}): TransportFactory {
  const make = (host: TransportHost): Promise<TransportParts> =>
    open(options, host).catch((error: unknown) => {
      throw unreadable('redisTransport options', error);
    });
  return Object.assign(make, {
    transportName: 'redis',
    brokerName: 'Redis',
    offsetName: 'redis_msg_id',
  });
}

async function open(options: RedisTransportOptions, host: TransportHost): Promise<TransportParts> {
  const settings = redisSettings(options, host.setting, (text) =>
    host.logger.warn(`[${host.bus}] ${text}`),
  );
  tellRedisValues(options, settings, host);
  warnOfClearPasswords(settings, host);
  const health = new HealthBoard('Redis', host.bus, host.logger);
  const classes = await loadRedisClient(options.client);
  return {
    transport: new RedisTransport(openDeployment(classes, settings, health), settings, health),
    wire: new StreamWireFormat({ serviceName: host.serviceName }),
  };
}
