import { SettableClock } from '../../services/settable-clock.js';
import {
  churn,
  killedInHandOvers,
  laterRetryRun,
  type LaterRetryResult,
  rollingUpdate,
  wrongClockAtStart,
  wrongClocks,
} from './later-retry-runs.js';
import type { NumberedPlace } from './numbered-application.js';

/** In the long form: RETRY_KILLS=50, RETRY_EVENTS=10000. */
const KILLS = Number(process.env.RETRY_KILLS ?? 3);
const EVENTS = Number(process.env.RETRY_EVENTS ?? 300);
const ROUNDS = EVENTS > 300 ? 20 : 4;
const EVERY_ROUND_MS = 1_500;

const nothingLost = { without: [], wrong: [], doubled: [], early: [] };
const planOf = (events: number) => ({
  ...{ events, delays: [500, 1_500] as [number, number], patienceMs: 60_000 + events * 20 },
});

/** What must hold on every transport. */
export const laterRetryFaults = {
  killed: {
    timeoutMs: 240_000 + KILLS * 60_000,
    run: async (place: NumberedPlace): Promise<void> => {
      const events = 6 * KILLS + 30;
      const result = await laterRetryRun(place, planOf(events), killedInHandOvers(KILLS));
      expect(result).toEqual({ ...nothingLost, killed: KILLS, handledLater: events / 3 });
    },
  },
  churn: {
    timeoutMs: 300_000 + EVENTS * 40,
    run: async (place: NumberedPlace): Promise<void> => {
      const result = await laterRetryRun(place, planOf(EVENTS), churn(ROUNDS, EVERY_ROUND_MS));
      expect(result).toMatchObject(nothingLost);
      expect(result.killed).toBeGreaterThan(ROUNDS / 2);
    },
  },
  rollingUpdate: {
    timeoutMs: 240_000,
    run: async (place: NumberedPlace): Promise<void> => {
      const plan = { ...planOf(60), delays: [3_000, 500] as [number, number] };
      const result = await laterRetryRun(place, plan, rollingUpdate);
      expect(result).toMatchObject({ ...nothingLost, killed: 0 });
      expect(result.handledLater).toBeGreaterThan(0);
    },
  },
  wrongClocks: {
    timeoutMs: 240_000,
    run: async (place: NumberedPlace): Promise<void> => {
      const result = await withClocks((clock) =>
        laterRetryRun(place, planOf(60), wrongClocks(clock)),
      );
      expect(result).toEqual({ ...nothingLost, killed: 0, handledLater: 20 });
    },
  },
  wrongClockAtStart: {
    timeoutMs: 240_000,
    run: async (place: NumberedPlace): Promise<void> => {
      const plan = { ...planOf(30), delays: [8_000, 500] as [number, number] };
      const result = await withClocks((clock) =>
        laterRetryRun(place, plan, wrongClockAtStart(clock)),
      );
      expect(result).toEqual({ ...nothingLost, killed: 0, handledLater: 10 });
    },
  },
};

async function withClocks(
  work: (clock: (seconds: number) => Promise<SettableClock>) => Promise<LaterRetryResult>,
): Promise<LaterRetryResult> {
  const clocks: SettableClock[] = [];
  const clock = async (seconds: number): Promise<SettableClock> => {
    const made = await SettableClock.make();
    clocks.push(made);
    await made.set(seconds);
    return made;
  };
  try {
    return await work(clock);
  } finally {
    for (const one of clocks) await one.stop();
  }
}
