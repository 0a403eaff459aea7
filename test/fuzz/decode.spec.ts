import { target } from './targets/decode.js';

it('5,000 damaged records of both wires each end as an event or in a typed error', async () => {
  const { inputs, faults, outcomes } = await target.run(5_000, 1);
  expect(faults).toEqual([]);
  expect(inputs).toBe(5_000);
  expect(outcomes['event']).toBeGreaterThan(300);
  expect(outcomes['UNUSABLE_RECORD']).toBeGreaterThan(1_000);
}, 60_000);
