import { Redis } from 'ioredis';
import { redisTransport } from 'nestjs-openedx-event-bus/redis';
import { OLDER_RELEASES } from '../services/python.js';
import { sharedRedisUrl } from '../services/shared-services.js';
import { describeOlderPython, type RecordsById } from './older-python-cases.js';

for (const release of OLDER_RELEASES) {
  describeOlderPython(
    'Redis',
    release,
    () => ({
      bus: sharedRedisUrl(),
      transport: redisTransport({ url: sharedRedisUrl(), pollTimeout: 0.2 }),
    }),
    recordsOf,
  );
}

async function recordsOf(topic: string): Promise<RecordsById> {
  const redis = new Redis(sharedRedisUrl());
  try {
    const entries = await redis.xrangeBuffer(topic, '-', '+');
    return new Map(
      entries.map(([, fields]) => {
        const names = fields.filter((_, index) => index % 2 === 0).map(String);
        const value = (name: string): Buffer => fields[names.indexOf(name) * 2 + 1]!;
        const shown = ['type', 'minorversion', 'sourcelib', 'event_data'].map((name) =>
          value(name).toString('hex'),
        );
        return [value('id').toString(), [...names, ...shown]];
      }),
    );
  } finally {
    redis.disconnect();
  }
}
