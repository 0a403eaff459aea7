import type { AddressInfo, Server } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../sample-app/src/app.module.js';

describe('the sample application', () => {
  it.each(['live', 'ready'])('says over HTTP whether it is %s', async (probe) => {
    const app = await NestFactory.create(AppModule, { logger: false });
    try {
      await app.listen(0, '127.0.0.1');
      const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
      const answer = await fetch(`http://127.0.0.1:${port}/health/${probe}`);
      expect([answer.status, await answer.json()]).toEqual([
        200,
        { status: 'up', bus: 'default', state: 'running', reasons: [] },
      ]);
    } finally {
      await app.close();
    }
  });
});
