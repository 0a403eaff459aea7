import { redisTransport } from '../../lib/transport/redis/index.js';
import { sharedRedisUrl } from '../services/shared-services.js';
import { eventSamples } from './event-samples.js';
import {
  describeLettersForPython,
  describeRetriesForPython,
  type LettersForPython,
} from './python-reads-letters.js';

const bus: LettersForPython = {
  transport: () => redisTransport({ url: sharedRedisUrl(), consumerName: 'one' }),
  events: async () => (await eventSamples()).events,
  pythonBus: sharedRedisUrl,
};

describeLettersForPython('Redis', bus);
describeRetriesForPython('Redis', bus);
