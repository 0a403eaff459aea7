import { target } from './targets/fetch.js';

describe('answers to Fetch with a damage', () => {
  it('end as unusable, lost or read, with all around the damage (3,000 inputs)', async () => {
    const { inputs, faults, outcomes } = await target.run(3_000, 20_260_101);
    expect(faults).toEqual([]);
    expect(inputs).toBe(3_000);
    expect(Object.keys(outcomes).sort()).toEqual(
      ['SERVICE_UNAVAILABLE', 'another frame', 'lost', 'read', 'unusable'].sort(),
    );
  }, 60_000);
});
