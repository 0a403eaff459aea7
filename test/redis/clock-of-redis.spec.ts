import { setTimeout as sleep } from 'node:timers/promises';
import { startRedis } from '../services/redis.js';
import { SettableClock } from '../services/settable-clock.js';
import { begun } from './support/begun.js';
import { eventually, RedisWorkbench } from './support/redis-workbench.js';

const HOUR_S = 3_600;

/** The clock of Redis is set an hour ahead, and back, while two members of a group handle events. */
async function clockIsSet({ singleActive }: { singleActive: boolean }) {
  const clock = await SettableClock.make();
  const server = await startRedis({ clock });
  const bench = new RedisWorkbench(server.url);
  const handled: number[] = [];
  const by: string[] = [];
  const sinks = [];
  for (const member of ['a', 'b']) {
    const transport = await bench.transport({ singleActive });
    const { sink } = await bench.read(transport, {
      member,
      react: (delivery) => {
        const beat = setInterval(() => delivery.keepAlive(), 500);
        by.push(member);
        handled.push(Number(Buffer.from(delivery.record.value!).toString()));
        setTimeout(() => {
          clearInterval(beat);
          delivery.settle();
        }, 1_000);
      },
    });
    sinks.push(sink);
  }
  let sent = 0;
  const write = (): void => void bench.redis.xadd(bench.topic, '*', 'event_data', String(sent++));
  const writing = setInterval(write, 25);
  const times: number[] = [];
  for (const seconds of [0, HOUR_S, 0]) {
    await clock.set(seconds);
    await sleep(seconds === 0 && times.length === 0 ? 1_500 : 6_500);
    times.push(Number((await bench.redis.time())[0]));
  }
  clearInterval(writing);
  await eventually(() => new Set(handled).size === sent, 'all records', 20_000);
  await bench.end();
  await server.stop();
  await clock.stop();
  const notices = sinks.flatMap((sink) => sink.notices).filter(({ kind }) => kind !== 'start');
  return { handled, by, sent, notices, jumps: times.map((at) => at - times[0]!) };
}

describe('the clock of Redis is set an hour ahead, and back', () => {
  const alone = begun(() => clockIsSet({ singleActive: true }));
  const together = begun(() => clockIsSet({ singleActive: false }));

  it('one member alone goes on reading, in order, and nothing is handled twice', async () => {
    const { handled, sent, jumps, notices } = await alone();
    expect(jumps[1]).toBeGreaterThan(HOUR_S - 10);
    expect(jumps[2]).toBeLessThan(60);
    expect(handled).toEqual(Array.from({ length: sent }, (_, n) => n));
    expect(notices).toEqual([]);
  }, 60_000);

  it('no member takes what another one is at work on', async () => {
    const { handled, sent, notices } = await together();
    expect([...handled].sort((a, b) => a - b)).toEqual(Array.from({ length: sent }, (_, n) => n));
    expect(notices).toEqual([]);
  }, 60_000);
});
