import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sharedRedisUrl } from '../services/shared-services.js';
import { Application, packUntyped } from './application.js';

describe('applications with the packed package', () => {
  let tarball: string;
  beforeAll(async () => {
    tarball = await packUntyped();
  }, 120_000);
  afterAll(() => rm(dirname(tarball), { recursive: true, force: true }));

  it.each(['esbuild', 'dynamic-modules', 'async-context'])(
    '%s: builds, sends an event, handles it and ends',
    async (name) => {
      const application = await Application.make(name, tarball);
      try {
        const results = await application.run({
          EVENT_BUS_TRANSPORT: 'redis',
          EVENT_BUS_REDIS_CONNECTION_URL: sharedRedisUrl(),
        });
        for (const result of Object.values(results)) expect(result).toEqual(application.result);
      } finally {
        await application.remove();
      }
    },
    600_000,
  );
});
