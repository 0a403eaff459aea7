import { shownValue } from '../../../lib/settings/mask-secrets.js';

describe('shownValue', () => {
  it.each([
    ['EVENT_BUS_KAFKA_API_SECRET', 'hunter2'],
    ['EVENT_BUS_KAFKA_API_KEY', 'hunter2'],
    ['EVENT_BUS_KAFKA_SCHEMA_REGISTRY_API_SECRET', 'hunter2'],
    ['EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL', 'https://key:hunter2@r1,https://key:hunter2@r2'],
    ['EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS', 'user:hunter2@host:9092'],
    ['transport', { brokers: ['a:1'], sasl: { username: 'u', password: 'h"hunter2' } }],
    ['EVENT_BUS_REDIS_CONNECTION_URL', 'redis://:hunter2@host:6379/0'],
    ['EVENT_BUS_REDIS_CONNECTION_URL', 'redis://user:p@/ss:hunter2@host'],
    ['EVENT_BUS_REDIS_CONNECTION_URL', 'redis://host?password=hunter2'],
  ])('hides the secret of %s=%s', (name, value) => {
    expect(shownValue(name, value)).not.toContain('hunter2');
  });

  it('shows what is not secret, shortened', () => {
    expect(shownValue('EVENT_BUS_TOPIC_PREFIX', 3)).toBe('3');
    expect(shownValue('X', 'redis://host:6379/0')).toBe("'redis://host:6379/0'");
    expect(shownValue('X', undefined)).toBe('nothing');
    expect(shownValue('X', 'a'.repeat(500)).length).toBeLessThan(120);
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    expect(shownValue('X', loop)).toBe('an object');
  });
});
