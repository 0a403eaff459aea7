import { keepIt } from '../../lib/testing/conformance/recording-sink.js';
import { startRedis } from '../services/redis.js';
import {
  bodies,
  CLIENTS,
  eventually,
  record,
  RedisWorkbench,
  soon,
} from './support/redis-workbench.js';

const ENTRIES = 4_000;
const MICROSECONDS_EACH = '1000';

describe.each(CLIENTS)('a Redis that loads its data after a restart, ioredis %s', (_, client) => {
  it('LOADING: it shows, nothing is settled or sent meanwhile, and then it goes on (R-13)', async () => {
    const server = await startRedis({
      persistent: true,
      args: [
        ...['--key-load-delay', MICROSECONDS_EACH],
        ...['--loading-process-events-interval-bytes', '1024'],
      ],
    });
    const bench = new RedisWorkbench(server.url);
    try {
      const fill = bench.redis.pipeline();
      for (let n = 0; n < ENTRIES; n++) fill.rpush('other', 'x'.repeat(100));
      await fill.exec();
      const transport = await bench.transport({ client, pollTimeout: 0.1, pollFailureSleep: 0.1 });
      const states = bench.states(transport);
      const { sink } = await bench.read(transport, { react: keepIt });
      await bench.publish(transport, 'in hand');
      await eventually(() => sink.deliveries.length === 1, 'the first record');

      let isBack = false;
      const restarted = server.restart().finally(() => (isBack = true));
      await eventually(
        () => states.at(-1)!.error?.message.includes('LOADING') || isBack,
        'the state says LOADING',
        20_000,
      );
      expect(isBack).toBe(false);
      expect(states.at(-1)!.state).toBe('degraded');
      const [refused] = await transport.publish([record(bench.topic, 'refused')], soon(300));
      expect(refused).toMatchObject({ status: 'notSent' });
      expect(sink.deliveries[0]!.signal.aborted).toBe(false);
      await restarted;

      await eventually(() => states.at(-1)!.state === 'ready', 'the state is ready again', 20_000);
      expect(await bench.pending()).toBe(1);
      sink.deliveries[0]!.settle();
      await eventually(async () => (await bench.pending()) === 0, 'the acknowledgement');
      await bench.publish(transport, 'after');
      await eventually(() => bodies(sink).includes('after'), 'the next record');
      expect(bodies(sink)).toEqual(['in hand', 'after']);
      expect(bench.logged.length).toBeLessThan(20);
    } finally {
      await bench.end();
      await server.stop();
    }
  });
});
