import { provisionPython, type OlderRelease } from '../services/python.js';
import { OlderExchange, type ExchangedEvent, type ExchangeOptions } from './older-exchange.js';

/** What is on the bus of one event: all that a reader sees but for id, time and source. */
export type RecordsById = ReadonlyMap<string, unknown>;

/**
 * Declares what holds between a Nest service and a Python service with an older openedx-events.
 * `recordsOf` reads a topic without either of them.
 */
export function describeOlderPython(
  transport: string,
  release: OlderRelease,
  options: () => Omit<ExchangeOptions, 'release'>,
  recordsOf: (topic: string) => Promise<RecordsById>,
): void {
  describe(`openedx-events ${release} in Python on ${transport}`, () => {
    let exchange: OlderExchange;
    let events: readonly ExchangedEvent[];

    beforeAll(() => provisionPython(release), 600_000);
    beforeAll(async () => {
      exchange = new OlderExchange({ release, ...options() });
      await exchange.run();
      ({ events } = exchange);
    }, 180_000);
    afterAll(() => exchange?.end());

    it('what it sends reaches the handler as data of today, whatever changed (I-03, R-05)', () => {
      expect(events.filter(({ changed }) => changed).length).toBeGreaterThanOrEqual(3);
      expect(events.filter(({ changed }) => !changed).length).toBeGreaterThanOrEqual(3);
      for (const { type, sent, data, today } of events) {
        if (today !== undefined) expect(sent.wire).toEqual(data);
        expect(sent.metadata.sourcelib.join('.')).toBe(release);
        const { event_type: sentType, ...metadata } = sent.metadata;
        const received = exchange.received(sent.metadata.id);
        expect(received).toHaveLength(1);
        expect(received[0]).toMatchObject({ type, warnings: [] });
        expect(received[0]!.data).toEqual(today ?? sent.wire);
        expect(received[0]!.metadata).toEqual({ type: sentType, ...metadata });
      }
      expect(exchange.complaints).toEqual([]);
    });

    it('what we write as that release is what it writes, and it receives it as its own (I-03)', async () => {
      const records = await recordsOf(exchange.topic);
      for (const { sent, writtenAs } of events) {
        expect(records.get(writtenAs.id)).toEqual(records.get(sent.metadata.id));
        const [own] = exchange.receivedByPython(sent.metadata.id);
        const ours = exchange.receivedByPython(writtenAs.id);
        expect(ours.map(({ data }) => data)).toEqual([own!.data]);
        expect(ours[0]!.metadata.sourcelib).toEqual(own!.metadata.sourcelib);
        expect(exchange.received(writtenAs.id).map(({ data }) => data)).toEqual(
          exchange.received(sent.metadata.id).map(({ data }) => data),
        );
      }
    });

    it('what we write by ourselves it receives as its own, where its layout can be had (I-03)', () => {
      const written = events.filter((event) => event.written);
      expect(written.length).toBeGreaterThanOrEqual(3);
      for (const { sent, written: { id } = { id: '' } } of written) {
        const [own] = exchange.receivedByPython(sent.metadata.id);
        const ours = exchange.receivedByPython(id);
        expect(ours.map(({ data }) => data)).toEqual([own!.data]);
        expect(ours[0]!.metadata.sourcelib).toEqual([11, 2, 0]);
      }
      expect(exchange.errorsOfPython).toEqual([]);
    });
  });
}
