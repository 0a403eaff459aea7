import { redisTransport } from '../../lib/transport/redis/index.js';
import { sharedRedisUrl } from '../services/shared-services.js';
import { eventSamples } from './event-samples.js';
import { describeLettersForPython } from './python-reads-letters.js';

describeLettersForPython('Redis', {
  transport: () => redisTransport({ url: sharedRedisUrl(), consumerName: 'one' }),
  events: async () => (await eventSamples()).events,
  pythonBus: sharedRedisUrl,
});
