import { Injectable } from '@nestjs/common';
import type { OpenEdxEventContext } from '../../lib/consuming/handlers/event-context.js';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { defineEvent, type EventDefinition } from '../../lib/events/event-definition.js';
import type { EventData } from '../../lib/events/event-types.js';
import { list, long, nullable, record, string } from '../../lib/events/fields.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { until } from '../services/until.js';
import { KafkaApps } from './support/kafka-apps.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';

const type = 'org.example.tests.evolving.v1';
const NOW = defineEvent({
  type,
  data: {
    of: record('Of', { n: long(), key: string(), note: nullable(string()), tags: list(string()) }),
  },
});
const NEWER = defineEvent({
  type,
  data: {
    of: record('Of', {
      ...{ priority: long(), tags: list(string()), key: string(), n: long() },
      note: nullable(string()),
    }),
  },
});
const OLDER = defineEvent({
  type,
  data: { of: record('Of', { key: string(), tags: list(string()), n: long() }) },
});
const STRANGER = defineEvent({
  type,
  data: { of: record('Of', { n: string(), key: string(), tags: list(string()) }) },
});

describe('events of other releases on Kafka', () => {
  const apps = new KafkaApps();
  const bench = new KafkaWorkbench();
  afterAll(async () => {
    await apps.close();
    await bench.close();
  });

  it('are read with the schema that they were written with, into the types of today; what cannot be goes to the failure policy with its schema id (K-03, K-14)', async () => {
    const [topic, group] = [await bench.topic(), bench.newName('group')];
    const send = async (definition: EventDefinition, of: object): Promise<void> => {
      const options = { topic, group: bench.newName('group'), providers: [] };
      const { app } = await apps.start({ ...options, bus: { events: [definition] } });
      const producer = app.get(EventBusProducer, { strict: false });
      await producer.send(definition, { of }, { topic, keyField: 'of.key' });
    };
    const tags = ['ä', ''];
    await send(NOW, { n: 1, key: 'k', note: 'now', tags });
    await send(NEWER, { n: 2n ** 60n, key: 'k', note: 'new', tags, priority: 5 });
    await send(STRANGER, { n: 'no number', key: 'k', tags });
    await send(OLDER, { n: 3, key: 'k', tags });

    const seen: [EventData<typeof NOW>, unknown][] = [];
    const schemaIds = new Set<unknown>();
    @Injectable()
    class Reader {
      @OnOpenEdxEvent(NOW, { topic })
      take(data: EventData<typeof NOW>, { unknownFields, schemaId }: OpenEdxEventContext): void {
        seen.push([data, unknownFields]);
        schemaIds.add(schemaId);
      }
    }
    const reader = await apps.start({
      ...{ topic, group, providers: [Reader], bus: { events: [NOW] } },
    });
    await until('the commit', async () => (await bench.committed(group, topic))[0] === '4', 30_000);
    expect(seen).toEqual([
      [{ of: { n: 1, key: 'k', note: 'now', tags } }, {}],
      [{ of: { n: 2n ** 60n, key: 'k', note: 'new', tags } }, { 'of.priority': 5 }],
      [{ of: { n: 3, key: 'k', note: null, tags } }, {}],
    ]);
    expect(schemaIds.size).toBe(3);
    expect(reader.status.snapshot()).toMatchObject({
      ...{ state: 'running', counts: { handled: 3, unusable: 1, retried: 0 } },
    });
    const [line] = reader.log.matching(
      'Unusable record. The record is acknowledged and will not be redelivered: topic=',
    );
    expect(line).toContain(`topic=${topic}, partition=0, offset=2`);
    expect(line).toMatch(/written with schema id \d+/);
    expect(line).not.toContain('no number');
  });
});
