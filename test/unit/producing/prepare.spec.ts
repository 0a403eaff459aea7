import { traits } from '../../support/transport-traits.js';
import { codecFor } from '../../../lib/codec/event-codec.js';
import { ConfigurationError, InvalidEventDataError } from '../../../lib/errors/index.js';
import type { PreparedEvent } from '../../../lib/transport/wire-format.interface.js';
import { closeAll, DATA, kit, route, THING } from '../../support/producer-kit.js';

afterEach(closeAll);

describe('prepare and publish', () => {
  it('gives one plain event per topic, which publishes later with the same id, twice if asked', async () => {
    const { producer, publisher } = kit(route({ a: true, b: true }));
    const prepared = producer.prepare(THING, DATA);
    expect(prepared.map(({ topic, key }) => ({ topic, key }))).toEqual([
      { topic: 'a', key: { value: 7, schema: '{"name": "id", "type": "long"}' } },
      { topic: 'b', key: { value: 7, schema: '{"name": "id", "type": "long"}' } },
    ]);
    expect(prepared[0]).toMatchObject({
      type: THING.type,
      schema: codecFor(THING).schema,
      attributes: [],
    });
    expect(prepared[0]!.metadata).toBe(prepared[1]!.metadata);
    expect(publisher.calls).toHaveLength(0);
    expect(await producer.publish(prepared[0]!)).toMatchObject({ topic: 'dev-a' });
    expect(await producer.publish(prepared[0]!)).toMatchObject({ position: { offset: '1' } });
  });

  it('refuses a prepared event that lost its bytes', async () => {
    const { producer } = kit();
    const [prepared] = producer.prepare(THING, DATA, { topic: 't' });
    const stored = JSON.parse(JSON.stringify(prepared)) as PreparedEvent;
    await expect(producer.publish(stored)).rejects.toThrow(InvalidEventDataError);
  });
});

describe('key fields', () => {
  it('P-05: missing, nullable or nested too deep: warned at start where the wire has no key', () => {
    for (const field of ['thing.nope', 'thing', '', 'thing.user']) {
      const { producer, lines } = kit(route({ a: true }, field));
      producer.checkRoutes();
      expect(lines).toMatchObject([{ level: 'warn', text: expect.stringContaining(`'${field}'`) }]);
      expect(producer.prepare(THING, DATA)[0]!.key).toBeNull();
    }
    const { producer, lines } = kit(route({ a: true }));
    producer.checkRoutes();
    expect(lines).toEqual([]);
  });

  it('P-05: an error that names event type and topic where the wire needs one; disabled routes warn', () => {
    const routes = {
      ...route({ a: true, off: false }, 'thing.nope'),
      'org.openedx.unknown.v1': { t: { event_key_field: 'x', enabled: true } },
    };
    const { producer } = kit(routes, { traits: traits.kafka });
    let problems: string[] = [];
    try {
      producer.checkRoutes();
    } catch (error) {
      problems = (error as ConfigurationError).problems.map((p) => p.setting);
    }
    expect(problems).toEqual([
      'EVENT_BUS_PRODUCER_CONFIG["org.openedx.unknown.v1"]',
      `EVENT_BUS_PRODUCER_CONFIG["${THING.type}"]["a"].event_key_field`,
    ]);
    const disabled = kit(route({ off: false }, 'thing.nope'), { traits: traits.kafka });
    disabled.producer.checkRoutes();
    expect(disabled.lines).toMatchObject([{ level: 'warn' }]);
  });

  it('P-05: a key field in the call wins over that of the route', () => {
    const { producer } = kit(route({ a: true }));
    const keyOf = (options: object) => producer.prepare(THING, DATA, options)[0]!.key?.value;
    expect(keyOf({ topic: 'a' })).toBe(7);
    expect(keyOf({ topic: 'elsewhere' })).toBe(7);
    expect(keyOf({ topic: 'a', keyField: 'thing.name' })).toBe('secret-payload');
  });

  it('P-05: where the wire needs a key, a key field that cannot be one is refused', async () => {
    const { producer } = kit({}, { traits: traits.kafka });
    const send = producer.send(THING, DATA, { topic: 't', keyField: 'thing.nope' });
    await expect(send).rejects.toThrow(ConfigurationError);
  });
});
