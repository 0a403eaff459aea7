import { DeadLetters } from '../../lib/dead-letters/index.js';
import type { DeadLetterOptions } from '../../lib/settings/dead-letter-settings.js';
import type { TransportFactory } from '../../lib/transport/wire-format.interface.js';
import { type Refusal, RefusedRecord } from './refused-records.js';

/** A way in which a broker takes no letters. */
export interface RefusedLetter extends Refusal {
  readonly options?: DeadLetterOptions;
  /** The letter is written, in a shorter form or in spite of it. */
  readonly isWritten?: boolean;
}

/** What a bus does while a broker takes no letters, and afterwards. */
export function describeRefusedLetters(
  name: string,
  transportOf: (refusal: RefusedLetter) => TransportFactory,
  refusals: readonly RefusedLetter[],
): void {
  describe(`letters that ${name} does not take`, () => {
    let record: RefusedRecord | undefined;
    afterEach(() => record?.app.close());

    it.each(refusals)(
      '$name: the record is not acknowledged, the source waits, the status is red, and it heals (B-10)',
      async (refusal) => {
        const { isWritten = false, options: deadLetter = {} } = refusal;
        record = await RefusedRecord.start(refusal, {
          ...{ transport: transportOf(refusal), suffix: 'dlq', deadLetter },
          ...{ retry: { attempts: 1 }, onFailure: 'deadLetter' },
        });
        await record.send();
        if (!isWritten) {
          await record.isHeldUp();
          await record.cure();
        }
        await record.counted('deadLettered');
        await record.isWell();
        record.succeed();
        const letters = record.app.get(DeadLetters);
        const results: string[] = [];
        for await (const { result } of letters.redrive({ topic: 'padded' })) results.push(result);
        expect(results).toEqual(['handled']);
        await record.isWell();
      },
      180_000,
    );
  });
}
