import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { ApplicationHost } from '../../../lib/cli/application-host.js';
import { EventBusModule } from '../../../lib/event-bus.module.js';
import { OPEN_EDX_EVENTS } from '../../../lib/events/catalog/open-edx-events.js';
import { defineEvent } from '../../../lib/events/event-definition.js';
import { string } from '../../../lib/events/fields.js';
import { memoryTransport } from '../../../lib/transport/memory/index.js';
import { cli } from '../../support/cli.js';

const LOGIN = 'org.openedx.learning.auth.session.login.completed.v1';
const NOTE = defineEvent({ type: 'org.example.note.taken.v1', data: { text: string() } });

@Module({})
class App {}

const inApplication = (argv: string[], options: object = {}) =>
  cli(argv, {
    host: (io) =>
      new ApplicationHost(
        {
          module: App,
          imports: [
            EventBusModule.forRoot({ transport: memoryTransport(), events: [NOTE], ...options }),
          ],
        },
        io,
      ),
  });

describe('events', () => {
  it('lists every event with fields, topics and the release that introduced it', async () => {
    const { code, answers } = await cli(['events']);
    expect(code).toBe(0);
    expect(answers.map(({ event_type }) => event_type)).toEqual(
      OPEN_EDX_EVENTS.map(({ type }) => type),
    );
    for (const { fields, since_text } of answers) {
      expect(fields.length).toBeGreaterThan(0);
      expect(since_text).toMatch(/^(since|present in) openedx-events \d/);
    }
    expect(answers.find(({ event_type }) => event_type === LOGIN)).toMatchObject({
      since: '0.10.0',
      since_text: 'present in openedx-events 0.10.0, the oldest release whose schemas are known',
      fields: [
        {
          name: 'user',
          type: 'UserData',
          fields: [
            { name: 'id', type: 'integer', doc: expect.any(String) },
            { name: 'is_active', type: 'boolean' },
            {
              name: 'pii',
              fields: [{ name: 'username' }, { name: 'email' }, { name: 'name', default: '' }],
            },
          ],
        },
      ],
    });
    const unknown = answers.filter(({ since }) => since === null);
    expect(unknown.map(({ can_be_sent }) => can_be_sent)).toEqual([false, false]);
  });

  it('shows one event, or those of a pattern, and those of an application', async () => {
    const one = await cli(['events', 'org.openedx.learning.certificate.created.v1']);
    expect(one.answers).toMatchObject([
      { topics: ['learning-certificate-lifecycle'], key_field: 'certificate.course.course_key' },
    ]);
    const some = await cli(['events', 'org.openedx.learning.idv_attempt.*', '--short']);
    expect(some.answers.map(({ since, fields }) => [since, fields])).toEqual(
      Array.from({ length: 4 }, () => ['9.13.0', undefined]),
    );
    const own = await inApplication(['events', NOTE.type]);
    expect(own.answers).toMatchObject([
      { since: null, since_text: 'an event of this application' },
    ]);
  });
});

describe('config', () => {
  const valueOf = (answers: any[], option: string) => answers.find((one) => one.option === option);

  it('prints each value with its source, and masks secrets', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'config-')), 'routes.json');
    writeFileSync(
      file,
      JSON.stringify({ [LOGIN]: { t: { event_key_field: 'user.id', enabled: true } } }),
    );
    const { code, answers, out, log } = await cli(['config'], {
      env: {
        EVENT_BUS_TRANSPORT: 'redis',
        EVENT_BUS_REDIS_CONNECTION_URL: 'redis://me:hunter2@cache:6379/3',
        EVENT_BUS_TOPIC_PREFIX: 'dev',
        EVENT_BUS_PRODUCER_CONFIG: file,
        EVENT_BUS_REDIS_STREAM_MAXLEN: '5',
        EVENT_BUS_KAFKA_POLL_INTERVAL_SEC: '1',
      },
    });
    expect(code).toBe(0);
    expect(valueOf(answers, 'EVENT_BUS_TRANSPORT')).toMatchObject({
      value: 'redis',
      from: 'environment',
    });
    expect(valueOf(answers, 'topicPrefix')).toEqual({
      option: 'topicPrefix',
      setting: 'EVENT_BUS_TOPIC_PREFIX',
      value: 'dev',
      from: 'environment',
    });
    expect(valueOf(answers, 'connectTimeout')).toEqual({
      option: 'connectTimeout',
      setting: null,
      value: '10000',
      from: 'default',
    });
    expect(valueOf(answers, 'producerConfig')).toMatchObject({
      value: 'routes of 1 event type, from a file',
    });
    expect(valueOf(answers, 'redisTransport url')).toEqual({
      option: 'redisTransport url',
      setting: 'EVENT_BUS_REDIS_CONNECTION_URL',
      value: "'redis://cache:6379/3' and more (hidden)",
      from: 'environment',
    });
    expect(valueOf(answers, 'redisTransport pollTimeout')).toMatchObject({
      setting: 'EVENT_BUS_REDIS_CONSUMER_POLL_TIMEOUT',
      value: '5',
      from: 'default',
    });
    expect(out + log).not.toContain('hunter2');
    expect(log).toContain(
      'EVENT_BUS_REDIS_STREAM_MAXLEN is not a known setting and is ignored (did you mean EVENT_BUS_REDIS_STREAM_MAX_LEN?)',
    );
    expect(log).toContain(
      'this bus does not use them (misspelt, or of another transport): EVENT_BUS_KAFKA_POLL_INTERVAL_SEC\n',
    );
  });

  it('tells of the options and secrets of Kafka without showing them', async () => {
    const { code, answers, out } = await cli(['config'], {
      env: {
        EVENT_BUS_TRANSPORT: 'kafka',
        EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS: 'one:9092,two:9092',
        EVENT_BUS_KAFKA_API_KEY: 'hunter1',
        EVENT_BUS_KAFKA_API_SECRET: 'hunter2',
        EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: 'https://hunter3:hunter4@registry:8081',
      },
    });
    expect(code).toBe(0);
    const shown = (option: string) => valueOf(answers, `kafkaTransport ${option}`).value;
    expect(['brokers', 'sasl', 'ssl', 'sessionTimeout', 'batchSize.records'].map(shown)).toEqual([
      'one:9092, two:9092',
      'plain, *** (hidden)',
      'true',
      '30',
      '1000',
    ]);
    expect(shown('schemaRegistry.url')).toBe('https://registry:8081');
    expect(shown('schemaRegistry.apiKey')).toBe('*** (hidden)');
    expect(out).not.toContain('hunter');
  });

  it('prints all that is wrong, with exit code 2', async () => {
    const { code, answers } = await cli(['config'], {
      env: {
        EVENT_BUS_TRANSPORT: 'redis',
        EVENT_BUS_REDIS_CONNECTION_URL: 'http://:hunter2@host',
        EVENT_BUS_REDIS_CONSUMERS_ENABLED: 'maybe',
        EVENT_BUS_PRODUCER_CONFIG:
          '{"org.example.unknown.v1":{"t":{"event_key_field":"a","enabled":true}}}',
      },
    });
    expect(code).toBe(2);
    const wrong = answers.flatMap(({ error }) => error?.setting ?? []);
    expect(wrong).toEqual([
      'EVENT_BUS_REDIS_CONSUMERS_ENABLED',
      'EVENT_BUS_REDIS_CONNECTION_URL',
      'EVENT_BUS_PRODUCER_CONFIG["org.example.unknown.v1"]',
    ]);
    expect(JSON.stringify(answers)).not.toContain('hunter2');
    expect(valueOf(answers, 'consumersEnabled')).toMatchObject({
      value: 'maybe',
      from: 'environment',
    });
    expect((await cli(['config'])).code).toBe(2);
  });

  it('tells of the options of an application, and of all that is wrong with them', async () => {
    const settings = { EVENT_BUS_TOPIC_PREFIX: 'app' };
    const sound = await inApplication(['config'], { group: 'crm', settings });
    expect(sound.code).toBe(0);
    expect(valueOf(sound.answers, 'transport')).toMatchObject({ value: 'memory', from: 'option' });
    expect(valueOf(sound.answers, 'group')).toMatchObject({ value: 'crm', from: 'option' });
    expect(valueOf(sound.answers, 'topicPrefix')).toMatchObject({
      value: 'app',
      from: 'settings of forRoot',
    });
    const broken = await inApplication(['config'], { connectTimeout: -1, concurrency: 0 });
    expect(broken.code).toBe(2);
    expect(broken.answers.flatMap(({ error }) => error?.setting ?? [])).toEqual([
      'connectTimeout',
      'concurrency',
    ]);
    expect(valueOf(broken.answers, 'concurrency')).toMatchObject({ value: '0', from: 'option' });
  });
});
