import { SlowApplications } from '../faults/driver/slow-application.js';
import type { SlowApplication } from '../faults/driver/slow-processes.js';
import { until } from '../services/until.js';

const MAX_DELIVERIES = 4;
const EVENTS = 6;
const DEADLY = 2;

let apps: SlowApplications;
beforeAll(async () => (apps = await SlowApplications.prepare()), 60_000);
beforeEach(() => apps.newTopic());
afterEach(() => apps.kill());
afterAll(() => apps?.end());

describe('an entry in whose handler the process dies, under a supervisor that restarts it', () => {
  it('goes to the policy after maxDeliveries deaths, and every other event is handled (R-03)', async () => {
    await apps.send(EVENTS);
    const lives: SlowApplication[] = [];
    let last: SlowApplication;
    do {
      expect(lives.length).toBeLessThan(2 * MAX_DELIVERIES);
      last = apps.start({
        url: apps.server.url,
        handlerMs: 1,
        deadly: DEADLY,
        bus: { maxDeliveries: MAX_DELIVERIES },
      });
      lives.push(last);
    } while (!(await outlives(last)));

    const said = lives.flatMap((life) => life.said);
    expect(said.filter((line) => line === `begun ${DEADLY}`)).toHaveLength(MAX_DELIVERIES);
    expect(lives).toHaveLength(MAX_DELIVERIES + 1);
    // What was settled in the turn before the death comes again: Redis had not heard of it.
    const others = [0, 1, 3, 4, 5].map((n) => `done ${n}`);
    expect([...new Set(said.filter((line) => line.startsWith('done ')))]).toEqual(others);
    expect(last.said.filter((line) => line.startsWith('done '))).toEqual(others.slice(2));
    expect(last.process.complaints).toMatch(/it was delivered 4 times without being acknowledged/);
    await until('all to be acknowledged', async () => (await apps.pending()) === 0);
  }, 120_000);
});

/** Whether the application gets to the last event; it may die before. */
async function outlives({ process, said }: SlowApplication): Promise<boolean> {
  const isDone = (): boolean => said.includes(`done ${EVENTS - 1}`);
  await until('the last event or the end of the process', () => isDone() || process.ended, 60_000);
  if (!isDone()) await process.read(10_000);
  return isDone();
}
