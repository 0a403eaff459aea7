import { backoffDelay, endBy, pauseFor, tryUntil } from '../../../lib/common/waiting.js';

test('delays double up to the longest one, and half of each is chance', () => {
  const most = [1, 2, 3, 7, 1_000].map((failures) => backoffDelay(failures, 100));
  const full = [100, 200, 400, 5_000, 5_000];
  most.forEach((delay, i) => {
    expect(delay).toBeGreaterThanOrEqual(full[i]! / 2);
    expect(delay).toBeLessThanOrEqual(full[i]!);
  });
  expect(backoffDelay(1_000, 100, 30_000)).toBeGreaterThanOrEqual(15_000);
});

test('a pause ends when its signal is aborted, also when it was before', async () => {
  const stop = new AbortController();
  const pause = pauseFor(60_000, stop.signal);
  stop.abort();
  await pause;
  await pauseFor(60_000, stop.signal);
});

test('work that ends in time is told from work that does not, whatever its end', async () => {
  const never = new Promise(() => undefined);
  expect(await endBy(Date.now() + 60_000, Promise.resolve())).toBe(true);
  expect(await endBy(Date.now() + 60_000, Promise.reject(new Error('no')))).toBe(true);
  expect(await endBy(Date.now() - 1, never)).toBe(false);
});

test('tries end at success, at the deadline, and at a failure that is final', async () => {
  let tries = 0;
  const failing = (): Promise<number> =>
    ++tries < 3 ? Promise.reject(new Error(`failure ${tries}`)) : Promise.resolve(tries);
  expect(await tryUntil(Date.now() + 60_000, failing, () => false)).toBe(3);

  tries = 0;
  await expect(tryUntil(Date.now() - 1, failing, () => false)).rejects.toThrow('failure 1');
  expect(tries).toBe(1);

  tries = 0;
  const final = tryUntil(Date.now() + 60_000, failing, () => tries === 2);
  await expect(final).rejects.toThrow('failure 2');
});
