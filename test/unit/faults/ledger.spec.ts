import { HandledEvents, SentEvents } from '../../faults/driver/ledger.js';
import { KEYS } from '../../faults/driver/numbered-events.js';

describe('the ledger of the fault runs', () => {
  const sentOf = (begun: number[], confirmed = begun): SentEvents => {
    const sent = new SentEvents();
    for (const number of begun) sent.begun.add(number);
    for (const number of confirmed) sent.confirmed.add(number);
    return sent;
  };
  const handledOf = (...numbers: number[]): HandledEvents => {
    const handled = new HandledEvents();
    numbers.forEach((number, i) => handled.add(number, BigInt(i) * 1_000_000_000n));
    return handled;
  };

  it('counts what was confirmed and not handled as lost, what was not confirmed not', () => {
    const sent = sentOf([0, 1, 2, 3], [0, 1, 2]);
    expect(handledOf(0).compareWith(sent)).toMatchObject({ lost: [1, 2], strange: [], handled: 1 });
  });

  it('names what nobody sent', () => {
    expect(handledOf(0, 7).compareWith(sentOf([0])).strange).toEqual([7]);
  });

  it('counts every further handling as a duplicate, and duplicates never as disorder', () => {
    const first = KEYS;
    const sent = sentOf([0, first, 2 * first]);
    expect(handledOf(0, first, 0, first, 2 * first).compareWith(sent)).toMatchObject({
      duplicates: 2,
      violations: 0,
    });
  });

  it('sees an event that comes first after a later one of its key, by the time of handling', () => {
    const sent = sentOf([0, 1, KEYS]);
    expect(handledOf(KEYS, 1, 0).compareWith(sent).violations).toBe(1);
    expect(handledOf(1, 0).compareWith(sent).violations).toBe(0);
    const reportedLate = new HandledEvents();
    reportedLate.add(KEYS, 2n);
    reportedLate.add(0, 1n);
    expect(reportedLate.compareWith(sent).violations).toBe(0);
  });

  it('measures the longest silence after each fault', () => {
    const handled = new HandledEvents();
    for (const at of [1, 2, 5, 6, 6.5, 9]) handled.add(at, BigInt(at * 1e9));
    const moments = [2_500_000_000n, 6_100_000_000n];
    expect(handled.silencesAfter(moments)).toEqual([2.5, 2.5]);
  });
});
