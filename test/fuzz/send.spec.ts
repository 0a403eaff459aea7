import { target } from './targets/send.js';

it('whatever is sent ends as bytes that are read as what was meant, or as a typed error', async () => {
  const { inputs, outcomes, faults } = await target.run(4_000, 1);
  expect(faults).toEqual([]);
  expect(inputs).toBe(4_000);
  for (const outcome of ['written', 'INVALID_DATA', 'INVALID_METADATA', 'CONFIGURATION'])
    expect([outcome, outcomes[outcome] ?? 0]).toEqual([outcome, expect.any(Number)]);
  expect(outcomes['written']).toBeGreaterThan(1_000);
  expect(outcomes['INVALID_DATA']).toBeGreaterThan(500);
  expect(outcomes['INVALID_METADATA']).toBeGreaterThan(20);
});
