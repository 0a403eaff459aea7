import { FetchPauses } from '../../../lib/transport/kafka/kafkajs/patches/fetching.js';

const LONG_MS = 60_000;
const [FIRST, SECOND] = [0, 1].map((partition) => ({ topic: 'events', partition })) as [
  { topic: string; partition: number },
  { topic: string; partition: number },
];

function pausesOf(...paused: readonly (typeof FIRST)[]): FetchPauses {
  const pauses = new FetchPauses();
  pauses.assigned([FIRST, SECOND]);
  for (const place of paused) pauses.pause(place);
  return pauses;
}

describe('waiting for something to fetch', () => {
  it('does not wait while a partition is not paused, or there is none', async () => {
    await pausesOf(FIRST).untilSome(LONG_MS);
    await new FetchPauses().untilSome(LONG_MS);
  });

  it.each([
    ['resumed', (pauses: FetchPauses) => pauses.resume(SECOND)],
    ['assigned anew', (pauses: FetchPauses) => pauses.assigned([FIRST])],
    ['interrupted', (pauses: FetchPauses) => pauses.interrupt()],
  ])('lets all who wait go on when it is %s', async (_, act) => {
    const pauses = pausesOf(FIRST, SECOND);
    const waits = [pauses.untilSome(LONG_MS), pauses.untilSome(LONG_MS)];
    act(pauses);
    await Promise.all(waits);
  });

  it('waits no longer than it was told', async () => {
    const begin = performance.now();
    await pausesOf(FIRST, SECOND).untilSome(50);
    expect(performance.now() - begin).toBeGreaterThan(45);
  });

  it('forgets pauses of partitions that are not assigned any more', async () => {
    const pauses = pausesOf(FIRST, SECOND);
    pauses.assigned([FIRST]);
    pauses.assigned([FIRST, SECOND]);
    await pauses.untilSome(LONG_MS);
  });
});
