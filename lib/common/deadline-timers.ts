import { monotonicNow } from './clocks.js';
import { clearTimeout, setTimeout } from 'node:timers';

/** Something that is due once. */
export interface Alarm {
  /** It will not ring any more. Idempotent, also after it rang. */
  cancel(): void;
}

/** Alarms at given moments. Those of the same millisecond share a timer. */
export class DeadlineTimers {
  private readonly moments = new Map<number, Moment>();

  /** Calls `ring` at `time` (by `monotonicNow`), or soon where that has passed. */
  set(time: number, ring: () => void): Alarm {
    let moment = this.moments.get(time);
    if (!moment) {
      moment = new Moment(time, () => this.moments.delete(time));
      this.moments.set(time, moment);
    }
    return moment.add(ring);
  }
}

class Moment {
  private readonly alarms = new Set<MomentAlarm>();
  private readonly timer: NodeJS.Timeout;

  constructor(
    time: number,
    private readonly onOver: () => void,
  ) {
    this.timer = setTimeout(() => this.ring(), Math.max(0, time - monotonicNow()));
  }

  add(ring: () => void): Alarm {
    const alarm = new MomentAlarm(this, ring);
    this.alarms.add(alarm);
    return alarm;
  }

  cancel(alarm: MomentAlarm): void {
    if (!this.alarms.delete(alarm) || this.alarms.size > 0) return;
    clearTimeout(this.timer);
    this.onOver();
  }

  private ring(): void {
    this.onOver();
    const due = [...this.alarms];
    this.alarms.clear();
    for (const { ring } of due) ring();
  }
}

class MomentAlarm implements Alarm {
  constructor(
    private readonly moment: Moment,
    readonly ring: () => void,
  ) {}

  cancel(): void {
    this.moment.cancel(this);
  }
}

/** Resolves when `work` has settled, however, at the latest at `deadline` (by `monotonicNow`). */
export async function settledBy(deadline: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, deadline - monotonicNow()));
  });
  await Promise.race([work.catch(() => undefined), late]);
  clearTimeout(timer);
}
