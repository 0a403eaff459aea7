import { redisTransport } from '../../lib/transport/redis/index.js';
import { sharedRedisUrl } from '../services/shared-services.js';
import { describeLetterCommands } from '../support/letter-commands.js';

describeLetterCommands(
  'Redis',
  () => redisTransport({ url: sharedRedisUrl() }),
  () => ({ EVENT_BUS_TRANSPORT: 'redis', EVENT_BUS_REDIS_CONNECTION_URL: sharedRedisUrl() }),
);
