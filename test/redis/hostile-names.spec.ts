import { ConsumingBus, recordOf } from '../support/consuming-bus.js';
import { eventually, RedisWorkbench } from './support/redis-workbench.js';

const FORGED = 'x\n2026-01-01T00:00:00Z ERROR forged \u001b[31mline';
const ESCAPED = 'x\\n2026-01-01T00:00:00Z ERROR forged \\u001b[31mline';

/** The fields of an event as a stream entry. */
const fieldsOf = (n: number): (string | Buffer)[] =>
  recordOf(n).attributes.flatMap(([name, value]) => [name, Buffer.from(value!)]);

describe('entries of a Redis stream that are made to spoil the log', () => {
  let bench: RedisWorkbench;
  let bus: ConsumingBus;
  const topic = () => bench.topic;
  beforeEach(() => (bench = new RedisWorkbench()));
  afterEach(async () => {
    await bus.drain();
    await bench.end();
  });

  async function consume(...entries: (string | Buffer)[][]): Promise<string[]> {
    for (const fields of entries) await bench.redis.xadd(topic(), '*', ...fields);
    bus = new ConsumingBus(await bench.transport());
    bus.handle(() => undefined, { topics: [topic()] });
    await bus.runtime.start();
    await eventually(() => bus.ends.length === entries.length, 'the end of all entries', 30_000);
    await bus.drain();
    return bus.lines.filter((line) => !line.startsWith('log '));
  }

  it('show a name with a line feed and an escape sequence in one line', async () => {
    const lines = await consume([...fieldsOf(1), FORGED, '', FORGED, '']);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`field ${ESCAPED} is repeated; using the last one`);
    expect(bus.counts).toMatchObject({ handled: 1, warnings: 1 });
  });

  it('of 10,000 fields name ten in lines of their own and count the others', async () => {
    const twice = Array.from({ length: 5_000 }, (_, n) => [`f${n}`, '', `f${n}`, '']).flat();
    const lines = await consume([...fieldsOf(1), ...twice]);
    expect(lines).toHaveLength(11);
    expect(lines[9]).toContain('field f9 is repeated');
    expect(lines[10]).toContain('… and 4990 more record warnings in the last minute');
    expect(bus.counts).toMatchObject({ handled: 1, warnings: 5_000 });
  });

  it('with a name of 1 MB give a line of a few hundred characters', async () => {
    const name = 'n'.repeat(1_000_000);
    const lines = await consume([...fieldsOf(1), name, '', name, '']);
    expect(lines).toHaveLength(1);
    expect(lines[0]!.length).toBeLessThan(700);
    expect(lines[0]).toContain('… (1000000 characters) is repeated');
  });

  it('of 2,000 unknown types name ten and count the others', async () => {
    const entries = Array.from({ length: 2_000 }, (_, n) => [
      'type',
      `${FORGED} ${n}`,
      ...fieldsOf(n).slice(2),
    ]);
    const lines = await consume(...entries);
    expect(lines).toHaveLength(11);
    expect(lines[0]).toContain(`Events of type ${ESCAPED} 0 on topic ${topic()} are skipped`);
    expect(lines[10]).toBe(
      'warn … and 1990 more events of unknown types were skipped in the last minute',
    );
    expect(bus.counts).toMatchObject({ unknownType: 2_000 });
  });

  it('with a release of 1 MB, and with one that forges a line, give one short line each', async () => {
    const sourcelib = `99${'.1'.repeat(500_000)}`;
    const fields = fieldsOf(1).map((value, at, all) =>
      all[at - 1] === 'sourcelib' ? sourcelib : value,
    );
    const broken = fieldsOf(2).map((value, at, all) =>
      all[at - 1] === 'sourcelib' ? FORGED : value,
    );
    const lines = await consume(fields, broken);
    for (const line of lines) expect(line.length).toBeLessThan(1_000);
    expect(lines.join('')).not.toContain('\n');
    expect(bus.counts).toMatchObject({ handled: 1, unusable: 1 });
    expect(lines.filter((line) => line.includes('field sourcelib is not valid'))).toHaveLength(1);
  });
});
