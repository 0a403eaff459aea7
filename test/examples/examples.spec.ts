import { jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { packUntyped } from '../applications/application.js';
import { freePort } from '../services/child-process.js';
import { sharedRedisUrl } from '../services/shared-services.js';
import { Example } from './example.js';
import { type ExampleProcess, firstMissing } from './example-process.js';

// Each starts several programs, of which each waits within bounds of its own.
jest.setTimeout(240_000);

describe('each example prints what its README ends with', () => {
  let tarball: string;
  let example: Example;
  const running: ExampleProcess[] = [];

  const install = async (name: string): Promise<void> => {
    example = await Example.install(name, tarball);
    await example.transpile();
  };
  const start = (script: string, environment: Record<string, string> = {}): ExampleProcess => {
    const started = example.start(script, environment);
    running.push(started);
    return started;
  };
  const onRedis = () => ({
    EVENT_BUS_TRANSPORT: 'redis',
    EVENT_BUS_REDIS_CONNECTION_URL: sharedRedisUrl(),
    // Only so that other tests do not meet it.
    EVENT_BUS_TOPIC_PREFIX: `example-${randomUUID()}`,
  });

  beforeAll(async () => {
    tarball = await packUntyped();
  }, 120_000);
  afterAll(() => rm(dirname(tarball), { recursive: true, force: true }));
  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.interrupt()));
    await example.remove();
  });

  it('tenant-handler: each event has its tenant, and Ctrl-C ends it', async () => {
    await install('tenant-handler');
    const [printed] = example.promisedOutputs;
    const service = start('start');
    await service.prints(printed!);
    expect(await service.interrupt()).toBe(0);
  });

  it('handler-tests: its tests pass', async () => {
    await install('handler-tests');
    const [printed] = example.promisedOutputs;
    expect(printed).toHaveLength(6);
    const output = await example.run('test');
    expect(firstMissing(output, printed!)).toBeUndefined();
    expect(output).toContain('4 passed, 4 total');
  });

  it('crm-sync: stores the completion in the CRM at the third attempt, a later retry', async () => {
    await install('crm-sync');
    const [printedByCrm, printedByService] = example.promisedOutputs;
    const port = String(await freePort());
    const settings = onRedis();
    const crm = start('crm', { PORT: port });
    await crm.prints([new RegExp(`^The CRM listens on http://localhost:${port}$`)]);
    const service = start('start', { ...settings, CRM_URL: `http://127.0.0.1:${port}` });
    await example.run('send', settings);
    await service.prints(printedByService!);
    await crm.prints(printedByCrm!.slice(1));
    expect(await service.interrupt()).toBe(0);
  });

  it('shared-events: the receiver handles the event that the sender knows from the shared package', async () => {
    await install('shared-events');
    const [printedBySender, printedByReceiver] = example.promisedOutputs;
    const settings = onRedis();
    const receiver = start('start', settings);
    expect(firstMissing(await example.run('send', settings), printedBySender!)).toBeUndefined();
    await receiver.prints(printedByReceiver!);
    expect(await receiver.interrupt()).toBe(0);
  });
});
