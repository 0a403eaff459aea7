import { sharedRedisUrl } from '../services/shared-services.js';
import { SettableClock } from '../services/settable-clock.js';
import {
  churn,
  killedInHandOvers,
  laterRetryRun,
  rollingUpdate,
  wrongClocks,
} from './driver/later-retry-runs.js';

/** In the long form: RETRY_KILLS=50, RETRY_EVENTS=10000. */
const KILLS = Number(process.env.RETRY_KILLS ?? 3);
const EVENTS = Number(process.env.RETRY_EVENTS ?? 300);
const ROUNDS = EVENTS > 300 ? 20 : 4;
const EVERY_ROUND_MS = 1_500;

const plan = (events: number) => ({
  ...{ events, delays: [500, 1_500] as [number, number], patienceMs: 60_000 + events * 20 },
  env: { EVENT_BUS_TRANSPORT: 'redis', EVENT_BUS_REDIS_CONNECTION_URL: sharedRedisUrl() },
  transportOf: (consumerName: string) => ({
    ...{ module: 'transport/redis/index.js', factory: 'redisTransport' },
    options: { url: sharedRedisUrl(), consumerName, pollTimeout: 1, claimIdle: 2 },
  }),
});
const nothingLost = { without: [], wrong: [], doubled: [], early: [] };

it(
  'killed in the middle of hand-overs to a retry topic, on Redis: every event has its outcome',
  async () => {
    const events = 6 * KILLS + 30;
    const result = await laterRetryRun(plan(events), killedInHandOvers(KILLS));
    expect(result).toEqual({ ...nothingLost, killed: KILLS, handledLater: events / 3 });
  },
  240_000 + KILLS * 60_000,
);

it(
  'members join, leave and die while records wait, on Redis: nothing early, nothing lost',
  async () => {
    const result = await laterRetryRun(plan(EVENTS), churn(ROUNDS, EVERY_ROUND_MS));
    expect(result).toMatchObject(nothingLost);
    expect(result.killed).toBeGreaterThan(ROUNDS / 2);
  },
  300_000 + EVENTS * 40,
);

it('a release without later retries in the same group, on Redis: what waits is handled by the newer one', async () => {
  const result = await laterRetryRun({ ...plan(60), delays: [3_000, 500] }, rollingUpdate);
  expect(result).toMatchObject({ ...nothingLost, killed: 0 });
  expect(result.handledLater).toBeGreaterThan(0);
}, 240_000);

it('processes whose clocks are wrong by an hour, on Redis: nothing early, and nothing waits for an hour', async () => {
  const clocks: SettableClock[] = [];
  const clock = async (seconds: number): Promise<SettableClock> => {
    const made = await SettableClock.make();
    clocks.push(made);
    await made.set(seconds);
    return made;
  };
  const result = await laterRetryRun(plan(60), wrongClocks(clock));
  for (const one of clocks) await one.stop();
  expect(result).toEqual({ ...nothingLost, killed: 0, handledLater: 20 });
}, 240_000);
