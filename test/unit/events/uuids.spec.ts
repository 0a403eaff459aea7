import { canonicalUuid, newUuidV1, uuidV5 } from '../../../lib/events/text/uuid.js';

/** 100 ns since 1582, as Python's `UUID.time`. */
function timestampOf(uuid: string): bigint {
  const [low, mid, high] = uuid.split('-') as [string, string, string];
  return BigInt(`0x${(parseInt(high, 16) & 0x0fff).toString(16)}${mid}${low}`);
}

describe('a new UUID', () => {
  const many = Array.from({ length: 50_000 }, newUuidV1);

  it('is a canonical UUID of version 1 and the variant of RFC 4122', () => {
    for (const uuid of many.slice(0, 1000)) {
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(canonicalUuid(uuid)).toBe(uuid);
    }
  });

  it('is later than the one before, so never the same', () => {
    const times = many.map(timestampOf);
    expect(times.every((time, i) => i === 0 || time > times[i - 1]!)).toBe(true);
  });

  it('carries the time of day', () => {
    const before = Date.now();
    const ms = Number(timestampOf(newUuidV1()) / 10_000n) - 12_219_292_800_000;
    expect(ms).toBeGreaterThan(before - 1_000);
    expect(ms).toBeLessThan(Date.now() + 1_000);
  });

  it('has a random node that is marked as no network address', () => {
    const nodes = new Set(many.map((uuid) => uuid.slice(24)));
    expect(nodes.size).toBe(1);
    expect(parseInt([...nodes][0]!.slice(0, 2), 16) & 1).toBe(1);
  });
});

describe('a UUID of a name', () => {
  it('is that of RFC 4122 version 5', () => {
    // Python: uuid5(NAMESPACE_DNS, 'python.org') and uuid5(NAMESPACE_URL, 'é')
    expect(uuidV5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'python.org')).toBe(
      '886313e1-3b8a-5372-9b90-0c9aee199e5d',
    );
    expect(uuidV5('6ba7b811-9dad-11d1-80b4-00c04fd430c8', 'é')).toBe(
      '10e1d6de-dc68-53f0-883a-30ec870dd739',
    );
  });
});
