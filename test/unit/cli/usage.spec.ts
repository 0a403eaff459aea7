import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cli } from '../../support/cli.js';

const env = { EVENT_BUS_TRANSPORT: 'memory' };
const produce = ['produce-event', '--type', 'T', '--topic', 't'];
const consume = ['consume-events', '-t', 't', '-g', 'g'];

describe('exit code 2', () => {
  it.each([
    ['no command', []],
    ['unknown command', ['produce']],
    ['unknown option', ['encode', '--fast']],
    ['surplus argument', ['encode', 'file']],
    ['no type', ['produce-event', '--topic', 't', '--data', '{}']],
    ['no topic', ['produce-event', '--type', 'T', '--data', '{}']],
    ['no data', produce],
    ['data twice', [...produce, '--data', '{}', '--data-file', 'f']],
    ['data file away', [...produce, '--data-file', '/nowhere/x.json']],
    ['id with count', [...produce, '--data', '{}', '--id', 'x', '--count', '2']],
    ['count', [...produce, '--data', '{}', '--count', '0']],
    ['sourcelib', [...produce, '--data', '{}', '--sourcelib', 'eleven']],
    ['minorversion', [...produce, '--data', '{}', '--minorversion', '-1']],
    ['no group', ['consume-events', '-t', 't']],
    ['max', [...consume, '--max', 'all']],
    ['timeout', [...consume, '--timeout', 'soon']],
    ['C-03 bad JSON', [...consume, '--extra', '{']],
    ['C-03 no object', [...consume, '--extra', '[]']],
    ['C-03 unknown key', [...consume, '--extra', '{"begin":1}']],
    ['C-01 bad date', [...consume, '--extra', '{"offset_time":"yesterday"}']],
    ['C-01 no such day', [...consume, '--extra', '{"offset_time":"2026-02-30T00:00:00Z"}']],
    ['C-01 no date', [...consume, '--extra', '{"offset_time":1}']],
    [
      'C-01 two starts',
      [...consume, '--extra', '{"offset_time":"2026-05-01","check_backlog":true}'],
    ],
    ['C-03 consumer_name', [...consume, '--extra', '{"consumer_name":1}']],
    ['C-03 check_backlog', [...consume, '--extra', '{"check_backlog":"yes"}']],
    ['C-03 last_read_msg_id', [...consume, '--extra', '{"last_read_msg_id":"x"}']],
    ['C-03 claim_msgs_older_than', [...consume, '--extra', '{"claim_msgs_older_than":"x"}']],
  ])('usage: %s', async (_name, argv) => {
    const run = await cli(argv, { env });
    expect({ code: run.code, out: run.out }).toEqual({ code: 2, out: '' });
    expect(run.log).not.toBe('');
  });

  it('configuration: every problem on standard error, secrets hidden', async () => {
    const run = await cli(consume, {
      env: {
        EVENT_BUS_TRANSPORT: 'redis',
        EVENT_BUS_REDIS_CONNECTION_URL: 'http://:hunter2@host',
        EVENT_BUS_REDIS_CONSUMERS_ENABLED: 'maybe',
      },
    });
    expect(run.code).toBe(2);
    expect(run.log).toContain('EVENT_BUS_REDIS_CONNECTION_URL');
    expect(run.log).toContain('EVENT_BUS_REDIS_CONSUMERS_ENABLED');
    expect(run.log).not.toContain('hunter2');
  });

  it('configuration: no transport, or Kafka without its places', async () => {
    expect((await cli(consume)).code).toBe(2);
    const kafka = await cli(consume, { env: { EVENT_BUS_TRANSPORT: 'kafka' } });
    expect(kafka.code).toBe(2);
    expect(kafka.log).toContain('EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS');
    expect(kafka.log).toContain('EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL');
  });
});

it('a file that is not UTF-8 is refused: what it says cannot be known', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'event-bus-')), 'data.json');
  await writeFile(file, Buffer.from('{"mode":"caf\xe9"}', 'latin1'));
  const run = await cli([...produce, '--data-file', file], { env });
  expect([run.code, run.out, run.log]).toEqual([
    2,
    '',
    expect.stringContaining('The file of --data-file is not UTF-8.\n'),
  ]);
});
