import { keySlot } from '../../../lib/transport/redis/connection/key-slot.js';
import { leaseKey, ownNameKey, readerKey } from '../../../lib/transport/redis/leases/lease.js';

/** Topics that have braces in each place where they change what Redis places a key by. */
const TOPICS = ['dev-login', '{a}b', 'b{a}', 'a}b', 'a{b', '{', '}', '{}', 'a{}b', '{}{x}']
  .concat(['{{a}b', '}{', '{a}{b}', 'ü{', '学{}', 'a:b', 'x'.repeat(1_000), '{'.repeat(50)])
  .concat(['}'.repeat(50), '{}'.repeat(50), '{a', 'a}', '']);
const NAMES = ['g', 'a:b', '%3A', 'x}y', '{z}', '{}', 'ü', ''];

describe('keys of leases', () => {
  it('begin with the topic and are in its slot, whatever braces it has', () => {
    for (const topic of TOPICS)
      for (const key of [leaseKey(topic, 'g', 'x}y'), readerKey(topic, '{z}')]) {
        expect(key.startsWith(`${topic}:`)).toBe(true);
        expect(keySlot(key)).toBe(keySlot(topic));
      }
  });

  it('look as documented', () => {
    const keys = [leaseKey, ownNameKey].map((key) => key('dev-login', 'crm', 'crm-0'));
    expect([...keys, readerKey('dev-login', 'crm')]).toEqual([
      'dev-login:lease:{dev-login}:crm:crm-0',
      'dev-login:member:{dev-login}:crm:crm-0',
      'dev-login:reader:{dev-login}:crm',
    ]);
  });

  it('are different ones for different names, however they are cut', () => {
    const keys = ['dev-login', 'dev-login:a', '{a}b'].flatMap((topic) =>
      NAMES.flatMap((group) => [
        readerKey(topic, group),
        ...NAMES.flatMap((name) => [leaseKey(topic, group, name), ownNameKey(topic, group, name)]),
      ]),
    );
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('find the slot as Redis does', () => {
    expect(['123456789', 'foo', '{user1000}.following', 'foo{}{bar}'].map(keySlot)).toEqual([
      12_739, 12_182, 3_443, 8_363,
    ]);
  });
});
