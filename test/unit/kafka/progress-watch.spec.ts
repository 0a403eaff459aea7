import { jest } from '@jest/globals';
import {
  ProgressWatch,
  type WatchedSource,
} from '../../../lib/transport/kafka/consuming/watchdogs.js';

const SECOND = 1_000;

describe('seeing that partitions have records and nothing moves', () => {
  let clock = 0;
  beforeEach(() => {
    clock = 0;
    jest.useFakeTimers();
    jest.spyOn(performance, 'now').mockImplementation(() => clock);
  });
  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  const pass = async (seconds: number, eachSecond: () => void = () => undefined): Promise<void> => {
    for (let i = 0; i < seconds; i++) {
      eachSecond();
      clock += SECOND;
      await jest.advanceTimersByTimeAsync(SECOND);
    }
  };
  const watching = (source: Partial<WatchedSource>, end = 100) => {
    const said: string[] = [];
    const watched = {
      ...{
        topic: 't',
        partition: 0,
        progress: 0,
        isWaiting: false,
        fetchFrom: 50,
        hasReady: false,
      },
      ...source,
    };
    const watch = new ProgressWatch({
      sources: () => [watched],
      ends: () => Promise.resolve(new Map([[0, end]])),
      stalled: () => said.push('stalled'),
      moves: () => said.push('moves'),
      dead: () => said.push('dead'),
    });
    watch.start();
    return { said, watched, watch };
  };

  it('says so after a while, then that a new member is needed', async () => {
    const { said, watch } = watching({});
    await pass(20);
    expect(said).toEqual([]);
    await pass(10);
    expect(said[0]).toBe('stalled');
    await pass(40);
    expect(said.at(-1)).toBe('dead');
    watch.stop();
  });

  it('says nothing of a partition that is read to its end, moves, or waits for what others speak of', async () => {
    const all = [watching({}, 50), watching({ isWaiting: true }), watching({})];
    await pass(90, () => all[2]!.watched.progress++);
    expect(all.map(({ said }) => said)).toEqual([[], [], []]);
    for (const { watch } of all) watch.stop();
  });

  it('says when it moves again, and speaks of records that were fetched and are not begun', async () => {
    const { said, watched, watch } = watching({ hasReady: true }, 50);
    await pass(30);
    expect(said[0]).toBe('stalled');
    watched.progress++;
    await pass(10);
    expect(said.at(-1)).toBe('moves');
    watch.stop();
  });
});
