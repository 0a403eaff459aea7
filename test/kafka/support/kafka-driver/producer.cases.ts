import { TcpProxy } from '../../../support/tcp-proxy.js';
import { textRecord } from '../kafka-workbench.js';
import { type DriverBench, PARTITIONS, PORT_OF_NOBODY } from './driver-bench.js';

/** What the producers of a driver promise. */
export function producerCases(bench: DriverBench): void {
  describe('a producer', () => {
    it('connects when a broker is reached, also after it could not', async () => {
      let isUp = false;
      const later = await bench.open({ portOf: (one) => (isUp ? one : PORT_OF_NOBODY) });
      const sender = later.producer();
      await expect(sender.connect()).rejects.toThrow();
      isUp = true;
      await sender.connect();
      expect((await sender.leaders([bench.topic])).get(bench.topic)).toEqual([
        bench.broker,
        bench.broker,
      ]);
    });

    it('has ids that no other has', async () => {
      const ids = await Promise.all([bench.producer.newId(), bench.producer.newId()]);
      expect(new Set([bench.producerId, ...ids].map(({ id }) => id)).size).toBe(3);
    });

    it('finds the leaders of topics, and what is wrong with one is its answer', async () => {
      const wrong = 'no such name/';
      const found = await bench.producer.leaders([bench.topic, wrong]);
      expect(found.get(bench.topic)).toEqual([bench.broker, bench.broker]);
      expect(found.get(wrong)).toBeInstanceOf(Error);
    });

    it('reaches a broker, and none that is not there', async () => {
      await bench.producer.reach(bench.broker);
      await expect(bench.producer.reach(99)).rejects.toThrow();
    });

    it('has one answer for each batch, in order: the first offset, or the refusal', async () => {
      const of = await bench.kafka.topic(PARTITIONS);
      await bench.put(['a', 'b'], 1, of);
      const answers = await bench.producer.produce(bench.broker, [
        bench.batch(['c'], 1, of),
        bench.batch(['lost'], 7, of),
        bench.batch(['d', 'e'], 0, of),
      ]);
      expect(answers).toEqual([2, expect.any(Error), 0]);
      expect(await bench.kafka.end(of)).toEqual(['2', '3']);
    });

    it('what is sent again under its number is stored once', async () => {
      const of = await bench.kafka.topic(1);
      const sent = bench.batch(['a', 'b'], 0, of);
      const [first] = await bench.producer.produce(bench.broker, [sent]);
      const [again] = await bench.producer.produce(bench.broker, [sent]);
      expect(first).toBe(0);
      expect(again).not.toBeInstanceOf(Error);
      expect(again).toBeLessThanOrEqual(0);
      expect(await bench.kafka.end(of)).toEqual(['2']);
    });

    it('a batch is taken whole or not at all', async () => {
      const of = await bench.kafka.topic(1);
      const records = [
        textRecord(of, 'a'),
        { ...textRecord(of, 'b'), value: Buffer.alloc(2 << 20) },
      ];
      const [answer] = await bench.producer.produce(bench.broker, [
        { ...bench.batch([], 0, of), records },
      ]);
      expect(answer).toBeInstanceOf(Error);
      expect(await bench.kafka.end(of)).toEqual(['0']);
    });

    it('rejects what waits for its answer when it is interrupted, and goes on afterwards', async () => {
      const proxy = await TcpProxy.to(bench.port);
      const other = await bench.open({ portOf: () => proxy.port });
      const sender = other.producer();
      await sender.connect();
      const of = await bench.kafka.topic(1);
      await sender.leaders([of]);
      await sender.reach(bench.broker);
      proxy.blackHole();
      const own = await bench.producer.newId();
      const sent = { ...bench.batch(['a'], 0, of), producer: own };
      const waiting = sender.produce(bench.broker, [sent]);
      const end = waiting.catch((error: unknown) => error);
      await new Promise((resolve) => setTimeout(resolve, 50));
      sender.interrupt(bench.broker);
      expect(await end).toBeInstanceOf(Error);
      expect(await sender.produce(bench.broker, [sent])).toEqual([0]);
      other.close();
      await proxy.stop();
    });

    it('sends nothing after it was discarded', async () => {
      const of = await bench.kafka.topic(1);
      const sender = bench.driver.producer();
      await sender.connect();
      await sender.leaders([of]);
      await sender.reach(bench.broker);
      sender.discard();
      const sent = { ...bench.batch(['a'], 0, of), producer: await bench.producer.newId() };
      await expect(sender.produce(bench.broker, [sent])).rejects.toThrow();
      expect(await bench.kafka.end(of)).toEqual(['0']);
      // The others go on.
      await bench.producer.reach(bench.broker);
    });

    it('says how often the user wants what may be stored to be sent again', () => {
      const { most, firstMs, longestMs } = bench.producer.repeats;
      expect([most, firstMs, longestMs].every((one) => one >= 0)).toBe(true);
      expect(firstMs).toBeLessThanOrEqual(longestMs);
    });
  });
}
