import { until } from '../services/until.js';
import { linesOf, SlowKafka } from './support/slow-kafka.js';

describe('a consumer on Kafka whose process dies or stands still', () => {
  const slow = SlowKafka.forEachTest();

  it('killed in the handler: that event comes again after the restart, those done before do not (B-01, K-01)', async () => {
    await slow.send(5);
    const first = slow.start({ deadly: 2, ids: true, bus: { settle: 'each' } });
    expect(await first.process.read(60_000)).toBeNull();
    expect(linesOf('done', first)).toEqual(['done 0', 'done 1']);
    expect(await slow.committed()).toBe('2');
    const second = slow.start({ ids: true, bus: { settle: 'each' } });
    await second.says('done 4');
    expect(linesOf('begun', second)).toEqual(['begun 2', 'begun 3', 'begun 4']);
    expect(linesOf('id', second)[0]).toBe(linesOf('id', first)[2]);
    await until('all to be committed', async () => (await slow.committed()) === '5');
  });

  it('killed between the success of the handler and the commit: once more, with the same id (B-02)', async () => {
    await slow.send(2);
    const first = slow.start({ deadlyAfter: 0, ids: true });
    expect(await first.process.read(60_000)).toBeNull();
    expect(linesOf('done', first)).toEqual(['done 0']);
    expect(await slow.committed()).toBe('0');
    const second = slow.start({ ids: true });
    await second.says('done 1');
    expect(linesOf('done', second)).toEqual(['done 0', 'done 1']);
    expect(linesOf('id', second)[0]).toBe(linesOf('id', first)[0]);
    await until('all to be committed', async () => (await slow.committed()) === '2');
  });

  it('held up for longer than its session: another member takes over, the late commit is refused, and it comes back (K-05)', async () => {
    const blocked = slow.start({ blockMs: 12_000, ids: true });
    await blocked.says('ready');
    const other = slow.start({ ids: true });
    await other.says('ready');
    // The first keeps the only partition until its session ends.
    await slow.send(3);
    await blocked.says('begun 0');
    await other.says('done 2');
    expect(linesOf('begun', other)).toEqual(['begun 0', 'begun 1', 'begun 2']);
    await until('the commit of the other', async () => (await slow.committed()) === '3');
    await blocked.says('done 0');
    await until('both members', async () => (await slow.members()) === 2, 60_000);
    await slow.send(1, 3);
    await until('the last commit', async () => (await slow.committed()) === '4');
    const begun = [...linesOf('begun', blocked), ...linesOf('begun', other)].sort();
    expect(begun).toEqual(['begun 0', 'begun 0', 'begun 1', 'begun 2', 'begun 3']);
    expect(await blocked.process.end('SIGTERM')).toBe(0);
    expect(await slow.committed()).toBe('4');
  }, 150_000);
});
