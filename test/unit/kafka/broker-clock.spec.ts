import { systemNow } from '../../../lib/common/clocks.js';
import { BrokerClock } from '../../../lib/transport/kafka/broker-clock.js';

const HOUR = 3_600_000;

describe('the clock of the brokers', () => {
  it('is that of this process until a broker has stamped a record', () => {
    const before = systemNow();
    const now = new BrokerClock().now();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(systemNow());
  });

  it.each([HOUR, -HOUR])('goes on from the stamp, whatever this process thinks (%d ms)', (by) => {
    const clock = new BrokerClock();
    const stamp = systemNow() + by;
    clock.stamped(stamp);
    const first = clock.now();
    expect(first).toBeGreaterThanOrEqual(stamp);
    expect(Math.abs(first - (systemNow() + by))).toBeLessThan(HOUR / 2);
    expect(clock.now()).toBeGreaterThanOrEqual(first);
  });

  it('goes by the answer that was on its way for the shortest time', () => {
    const clock = new BrokerClock();
    clock.stamped(2 * HOUR);
    clock.stamped(HOUR);
    expect(clock.now()).toBeGreaterThanOrEqual(2 * HOUR);
    clock.stamped(3 * HOUR);
    expect(clock.now()).toBeGreaterThanOrEqual(3 * HOUR);
  });
});
