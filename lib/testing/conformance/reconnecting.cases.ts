import { assertAllReceived } from '../assertions.js';
import type { Bench, OpenTransport, ConformanceCase } from './bench.js';
import { ids, numberedRecord } from './numbered-records.js';

const RECORDS = 10_000;
const PUBLISHERS = 100;
const TRIES = 50;

export const reconnectingCases: readonly ConformanceCase[] = [
  {
    name: 'loses nothing when the broker is restarted twice under 100 publishers and a reader',
    when: ({ persistent }, { restart }) => persistent && restart,
    run: async (bench) => {
      const [sender, reader] = [await bench.open(), await bench.open()];
      const { sink } = await bench.read(reader);
      const all = ids(RECORDS);
      let sent = 0;
      const restarts = [RECORDS / 3, RECORDS / 2].map(async (at) => {
        await bench.eventually(
          () => sent >= at,
          () => `${at} records sent; there were ${sent}`,
        );
        await bench.restart!();
      });
      const publishers = Array.from({ length: PUBLISHERS }, async (_, n) => {
        for (let i = n; i < RECORDS; i += PUBLISHERS) {
          await publishAtLast(bench, sender, all[i]!);
          sent++;
        }
      });
      await Promise.all([...publishers, ...restarts]);
      await bench.had(sink, RECORDS);
      await bench.eventually(
        () => new Set(sink.ids).size === RECORDS,
        () => `every record; there were ${new Set(sink.ids).size}`,
      );
      assertAllReceived(all, sink.ids);
    },
  },
];

/** Again and again until the broker has it: what is unknown may be there twice. */
async function publishAtLast(
  bench: Bench,
  { transport, wire }: OpenTransport,
  id: string,
): Promise<void> {
  const record = await numberedRecord(wire, id, bench.topic, bench.deadline());
  let failure: Error | undefined;
  for (let tries = 0; tries < TRIES; tries++) {
    const [outcome] = await transport.publish([record], bench.deadline(5_000));
    if (outcome!.status === 'sent') return;
    failure = outcome!.error;
    await bench.pass(100);
  }
  throw failure ?? new Error(`${id} was not sent`);
}
