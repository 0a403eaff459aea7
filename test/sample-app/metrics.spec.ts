import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../sample-app/src/app.module.js';
import { Demonstration } from '../../sample-app/src/demonstration.js';
import { waitUntil } from '../support/wait-until.js';

describe('the sample application', () => {
  it('serves the metrics of its bus for Prometheus', async () => {
    const app = await NestFactory.create(AppModule, { logger: false });
    try {
      await app.listen(0, '127.0.0.1');
      const url = await app.getUrl();
      const metrics = async () => (await fetch(`${url}/metrics`)).text();
      await app.get(Demonstration).run();
      await waitUntil(async () => /result="handled"/.test(await metrics()));
      const handled = (await metrics())
        .split('\n')
        .filter((line) => /^openedx_event_bus_records_total\{.*result="handled"/.test(line));
      expect(handled).toEqual([expect.stringMatching(/course-enrollments.*course-activity.* 1$/)]);
    } finally {
      await app.close();
    }
  });
});
