import { randomUUID } from 'node:crypto';
import { sharedRedisUrl } from '../services/shared-services.js';
import { ENDED, failingStart, PLACES } from '../support/failing-start.js';

describe('an application on Redis whose start fails in another part', () => {
  const env = (place: string) => ({
    ...{ TRANSPORT: 'redis', URL: sharedRedisUrl(), CONNECT: 'fail' },
    ...{ PLACE: place, TOPIC: `failed-${randomUUID()}` },
  });

  it.each(PLACES)(
    'in %s: the process ends by itself',
    async (place) => {
      expect(await failingStart(env(place))).toEqual(ENDED);
    },
    60_000,
  );

  it('while Redis is away and is connected to in the background: the process ends by itself', async () => {
    const away = { URL: 'redis://127.0.0.1:1', CONNECT: 'background' };
    expect(await failingStart({ ...env('onApplicationBootstrap'), ...away })).toEqual(ENDED);
  }, 60_000);
});
