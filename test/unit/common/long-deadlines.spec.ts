import { monotonicNow } from '../../../lib/common/clocks.js';
import { type Deadlined, DeadlineTimers, settledBy } from '../../../lib/common/deadline-timers.js';
import { warningsOf } from '../../support/process-warnings.js';

const MONTH_MS = 30 * 86_400_000;

describe('a deadline that is further away than a timer of Node can wait', () => {
  it('does not ring at once', async () => {
    const rung: Deadlined[] = [];
    const timers = new DeadlineTimers((item) => rung.push(item));
    const [far, near]: Deadlined[] = [{ deadline: 0 }, { deadline: 0 }];
    const warnings = await warningsOf(async () => {
      timers.set(monotonicNow() + MONTH_MS, far!);
      await new Promise<void>((resolve) => {
        const soon = new DeadlineTimers(() => resolve());
        soon.set(monotonicNow() + 20, near!);
      });
    });
    timers.cancel(far!);
    expect({ rung, warnings }).toEqual({ rung: [], warnings: [] });
  });

  it('leaves the work its time', async () => {
    let isDone = false;
    const work = new Promise<void>((resolve) =>
      setTimeout(() => {
        isDone = true;
        resolve();
      }, 20),
    );
    await settledBy(monotonicNow() + MONTH_MS, work);
    expect(isDone).toBe(true);
  });
});
