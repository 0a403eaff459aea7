import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import * as kafkajs from 'kafkajs';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import { defineEvent } from '../../lib/events/event-definition.js';
import { string } from '../../lib/events/fields.js';
import { kafkaTransport } from '../../lib/transport/kafka/index.js';
import { redisTransport } from '../../lib/transport/redis/index.js';
import { busOptions, KeptLog, rootModule } from './support/bus-application.js';
import { problemsOf, start } from './support/starting.js';

const LOGIN = 'org.openedx.learning.auth.session.login.completed.v1';
const OWN = defineEvent({ type: 'org.example.own.v1', data: { name: string() } });
const route = (event_key_field: string) => ({ t: { event_key_field, enabled: true } });

describe('all that is wrong with a configuration is in one error', () => {
  it('options, settings, events, routes and the transport', async () => {
    const bus = EventBusModule.forRoot({
      concurrency: 0,
      events: [
        { ...OWN, type: '' },
        { ...OWN, type: 'org.example.bad.v1', data: 5 as never },
      ],
      producerConfig: {
        'org.example.unknown.v1': route('name'),
        [LOGIN]: route('user.nothing'),
        'org.example.bad.v1': route('name'),
        [OWN.type]: route('name'),
      },
      settings: { EVENT_BUS_KAFKA_CONSUMERS_ENABLED: 'maybe', EVENT_BUS_KAFKA_API_KEY: 'k' },
      transport: kafkaTransport({ client: kafkajs, partitioner: 'mine' as never }),
    });
    const feature = EventBusModule.forFeature([OWN]);
    const problems = await problemsOf(rootModule({ imports: [feature] }, bus));
    const settings = problems.map(({ setting }) => setting);
    for (const wanted of [
      'concurrency',
      'EVENT_BUS_KAFKA_CONSUMERS_ENABLED',
      'EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS',
      'EVENT_BUS_KAFKA_API_SECRET',
      'EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL',
      'kafkaTransport partitioner',
      'EVENT_BUS_PRODUCER_CONFIG["org.example.unknown.v1"]',
      `EVENT_BUS_PRODUCER_CONFIG["${LOGIN}"]["t"].event_key_field`,
    ])
      expect(settings.filter((setting) => setting === wanted)).toEqual([wanted]);
    expect(settings.join('\n')).toMatch(/org\.example\.bad\.v1|data/);
    expect(settings.join('\n')).not.toContain(OWN.type);
    expect(settings.join('\n')).not.toContain('CONFIG["org.example.bad.v1"]');
  });

  it('also of a transport that is chosen by name, each once', async () => {
    const settings = {
      EVENT_BUS_TRANSPORT: 'redis',
      EVENT_BUS_REDIS_CONNECTION_URL: 'redis://:hunter2@h:6379/0#x',
      EVENT_BUS_REDIS_STREAM_MAX_LEN: 'x',
      EVENT_BUS_PRODUCER_CONFIG: JSON.stringify({ 'org.example.unknown.v1': route('name') }),
    };
    const problems = await problemsOf(rootModule({}, EventBusModule.forRoot({ settings })));
    expect(problems.map(({ setting }) => setting).sort()).toEqual([
      'EVENT_BUS_PRODUCER_CONFIG["org.example.unknown.v1"]',
      'EVENT_BUS_REDIS_CONNECTION_URL',
      'EVENT_BUS_REDIS_STREAM_MAX_LEN',
    ]);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  it('closes the transport that was fine, so that nothing keeps the process', async () => {
    const bus = EventBusModule.forRoot({
      concurrency: -1,
      transport: redisTransport({ url: 'redis://127.0.0.1:1' }),
    });
    const problems = await problemsOf(rootModule({}, bus));
    expect(problems.map(({ setting }) => setting)).toEqual(['concurrency']);
  });

  it('a file of routes may begin with a byte order mark, and a prefix that is there twice is warned of', async () => {
    @Injectable()
    class Handler {
      @OnOpenEdxEvent(OWN, { topic: 'dev-own' })
      handle(): void {}
    }
    const file = join(mkdtempSync(join(tmpdir(), 'routes-')), 'routes.json');
    const routes = { [OWN.type]: { 'dev-own': { event_key_field: 'name', enabled: true } } };
    writeFileSync(file, `\uFEFF${JSON.stringify(routes)}`);
    const logger = new KeptLog();
    const settings = { EVENT_BUS_PRODUCER_CONFIG: file, EVENT_BUS_TOPIC_PREFIX: 'dev' };
    const bus = EventBusModule.forRoot(
      busOptions({ settings, logger, events: [OWN], producerConfig: undefined }),
    );
    const app = await start(rootModule({ providers: [Handler] }, bus));
    await app.close();
    const warned = logger.lines.filter((line) => line.includes('already begins with the prefix'));
    expect(warned).toEqual([
      expect.stringMatching(/EVENT_BUS_PRODUCER_CONFIG: topic dev-own /),
      expect.stringMatching(/Handlers: topic dev-own .* becomes dev-dev-own at the broker/),
    ]);
  });
});
