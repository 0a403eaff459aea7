import type { TransportFactory } from '../../lib/transport/wire-format.interface.js';
import { type Refusal, RefusedRecord } from './refused-records.js';

/** What a bus does while a record cannot be left to wait, and afterwards. */
export function describeRefusedRetries(
  name: string,
  transportOf: (refusal: Refusal) => TransportFactory,
  refusals: readonly Refusal[],
): void {
  describe(`records that ${name} does not let wait`, () => {
    let record: RefusedRecord | undefined;
    afterEach(() => record?.app.close());

    it.each(refusals)(
      '$name: the record is not acknowledged, the source waits, the status is red, and it recovers (B-10)',
      async (refusal) => {
        record = await RefusedRecord.start(refusal, {
          ...{ transport: transportOf(refusal), suffix: 'retry-1s' },
          retry: { attempts: 1, later: ['1s'] },
        });
        await record.send();
        if (refusal.reason) {
          await record.isHeldUp();
          if (refusal.whenCalled) record.succeed();
          await record.cure();
        }
        if (!refusal.whenCalled) await record.counted('retriedLater');
        record.succeed();
        await record.counted('handled');
        await record.isWell();
        expect(record.status.counts).toMatchObject({ failed: 0, deadLettered: 0, lost: 0 });
      },
      180_000,
    );
  });
}
