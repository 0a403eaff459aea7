import { MarkKeys } from '../../../lib/consuming/idempotency/mark-keys.js';

const keys = new MarkKeys({ bus: 'default', topicPrefix: 'dev' });
const subject = { group: 'crm-sync', handler: 'crm.sync', eventId: 'e1' };

describe('the key of a mark', () => {
  it('names prefix, bus, group, handler and event', () => {
    expect(keys.of(subject)).toBe('dev:default:crm-sync:crm.sync:e1');
    expect(new MarkKeys({ bus: 'b' }).of(subject)).toBe(':b:crm-sync:crm.sync:e1');
    expect(keys.ofOnce(subject, 'mail')).toBe('dev:default:crm-sync:crm.sync:e1:once:mail');
  });

  it('is another one for other names, whatever characters they have', () => {
    const parts = ['a', 'a:b', 'a%003Ab', 'b', '', 'é', '{a}', 'a once', '~a', 'once'];
    const made = new Set<string>();
    for (const group of parts)
      for (const handler of parts)
        for (const eventId of parts) {
          made.add(keys.of({ group, handler, eventId }));
          made.add(keys.ofOnce({ group, handler, eventId }, ''));
        }
    expect(made.size).toBe(2 * parts.length ** 3);
    for (const key of made) expect(key).toMatch(/^[\w.:%-]+$/);
  });

  it('is hashed where it would be longer than 200 characters', () => {
    const long = (end: string) => keys.of({ ...subject, handler: `${'x'.repeat(200)}${end}` });
    expect(long('1')).toMatch(/^~[\w-]{43}$/);
    expect(long('1')).not.toBe(long('2'));
    expect(keys.of({ ...subject, handler: '%'.repeat(200) }).length).toBeLessThanOrEqual(200);
  });
});
