import { randomUUID } from 'node:crypto';
import { cli } from '../support/cli.js';
import { sharedRedisUrl } from '../services/shared-services.js';
import { startRedis } from '../services/redis.js';

const TYPE = 'org.openedx.enterprise.subsidy.redeemed.v1';
const data = (n: number) => ({
  redemption: { subsidy_identifier: `s${n}`, content_key: 'c', lms_user_id: n },
});
const lines = (count: number) =>
  Array.from({ length: count }, (_, n) => JSON.stringify(data(n))).join('\n');
const envOf = (url: string, more: Record<string, string> = {}) => ({
  EVENT_BUS_PRODUCER: 'edx_event_bus_redis.create_producer',
  EVENT_BUS_CONSUMER: 'edx_event_bus_redis.RedisEventConsumer',
  EVENT_BUS_REDIS_CONNECTION_URL: url,
  ...more,
});

let topic: string;
beforeEach(() => (topic = `cli-${randomUUID()}`));

describe('the commands on Redis', () => {
  const produce = (count: number, env = envOf(sharedRedisUrl())) =>
    cli(['produce-event', '--type', TYPE, '--topic', topic, '--data', '-'], {
      env,
      stdin: lines(count),
    });
  const consume = (more: string[], env = envOf(sharedRedisUrl())) =>
    cli(['consume-events', '-t', topic, '-g', 'g', ...more], { env });

  it('C-03: what is produced is consumed, positions are entry ids, the next run goes on', async () => {
    const sent = await produce(5);
    expect(sent.code).toBe(0);
    const ids = sent.answers.map((a) => a.position);
    expect(ids.every((id) => /^\d+-\d+$/.test(id))).toBe(true);
    const first = await consume(['--max', '2', '--timeout', '20']);
    expect(first.code).toBe(0);
    expect(first.answers.map((a) => [a.position, a.data])).toEqual([
      [ids[0], data(0)],
      [ids[1], data(1)],
    ]);
    const rest = await consume([
      '--max',
      '3',
      '--timeout',
      '20',
      '--extra',
      '{"consumer_name":"c"}',
    ]);
    expect(rest.answers.map((a) => a.position)).toEqual(ids.slice(2));
  });

  it('C-03: last_read_msg_id starts a new group behind that entry', async () => {
    const ids = (await produce(3)).answers.map((a) => a.position);
    const extra = JSON.stringify({ last_read_msg_id: ids[0] });
    const { answers } = await consume(['--max', '2', '--timeout', '20', '--extra', extra]);
    expect(answers.map((a) => a.position)).toEqual(ids.slice(1));
  });

  it('C-03: an unknown topic waits until the time is over, exit code 0', async () => {
    const { code, answers } = await consume(['--timeout', '0.5']);
    expect([code, answers]).toEqual([0, []]);
  });

  it('C-03: Redis away: exit code 1 once the time for connecting, and for sending, is over', async () => {
    const redis = await startRedis();
    const env = envOf(redis.url);
    await redis.stop();
    const runs = await Promise.all([consume([], env), produce(1, env)]);
    expect(runs.map((run) => run.code)).toEqual([1, 1]);
  });

  it('reads thousands of events in their order', async () => {
    const sent = await produce(2_000);
    const { answers } = await consume(['--max', '2000', '--timeout', '100']);
    expect(answers.map((a) => a.position)).toEqual(sent.answers.map((a) => a.position));
  }, 150_000);
});
