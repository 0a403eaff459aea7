import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type BuiltLibrary, buildLibrary } from '../faults/driver/built-library.js';
import { run } from '../services/child-process.js';
import { sharedRedisUrl } from '../services/shared-services.js';

const PROGRAM = join(import.meta.dirname, '../kafka/processes/instrumented.mjs');

describe('an application whose ioredis is instrumented', () => {
  let library: BuiltLibrary;
  beforeAll(async () => {
    library = await buildLibrary();
  }, 60_000);
  afterAll(() => library.remove());

  it('by OpenTelemetry sends and consumes, and shows no data of events', async () => {
    const topic = `topic-${randomUUID()}`;
    const redis = { url: sharedRedisUrl() };
    const config = JSON.stringify({ lib: library.address, topic, group: 'g', redis });
    const told = await run(process.execPath, ['--no-warnings', PROGRAM, config], {
      timeout: 60_000,
    });
    const { handled, spans, state, error } = JSON.parse(told);
    expect({ handled, state, error }).toEqual({ handled: [1, 2, 3], state: 'running' });
    const written = spans.filter(({ name }: { name: string }) => /^xadd$/i.test(name));
    expect(written).toHaveLength(3);
    for (const { attributes } of written)
      expect(JSON.stringify(attributes)).not.toMatch(/event_data|org\.example/);
  }, 90_000);

  it('and whose bus has OpenTelemetry too has one span for each send and each handler, none of commands', async () => {
    const topic = `topic-${randomUUID()}`;
    const redis = { url: sharedRedisUrl() };
    const config = JSON.stringify({ lib: library.address, topic, group: 'g', redis, ours: true });
    const told = await run(process.execPath, ['--no-warnings', PROGRAM, config], {
      timeout: 60_000,
    });
    const { handled, traces, spans, state, error } = JSON.parse(told);
    expect({ handled, state, error }).toEqual({ handled: [1, 2, 3], state: 'running' });
    expect(spans.filter(({ by }: any) => by.endsWith('ioredis'))).toEqual([]);
    const named = (name: string) => spans.filter((span: any) => span.name === `${name} ${topic}`);
    expect(named('send').map(({ trace }: any) => trace)).toEqual(traces);
    expect(named('process').map(({ parent }: any) => parent)).toEqual(
      named('send').map(({ id }: any) => id),
    );
    expect(named('settle').length).toBeGreaterThan(0);
    expect(JSON.stringify(named('process'))).not.toContain('"key"');
  }, 90_000);
});
