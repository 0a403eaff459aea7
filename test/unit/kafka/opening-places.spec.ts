import {
  FixedStarts,
  openingPlaces,
} from '../../../lib/transport/kafka/consuming/source-opening.js';
import type { KafkaDriver } from '../../../lib/transport/kafka/kafka-driver.interface.js';

const TOPIC_ID = 'AAECAwQFBgcICQoLDA0ODw';

/** Where partition 0 begins, with what the broker says of its first record in turn. */
async function opened(firsts: number[], metadata = '') {
  const committed = new Map([[0, { offset: 10, metadata }]]);
  const driver = {
    committed: () => Promise.resolve(committed),
    offsets: (_: string, at: string) => {
      const first = firsts.length > 1 ? firsts.shift()! : firsts[0]!;
      return Promise.resolve(new Map([[0, at === 'latest' ? 100 : first]]));
    },
  };
  const [place] = await openingPlaces(
    {
      ...{ driver: driver as unknown as KafkaDriver, group: 'g', start: 'latest' },
      ...{ counts: new Map<string, number>(), idOf: () => TOPIC_ID },
      fixed: new FixedStarts({ driver: driver as never, group: 'g', start: 'latest', topics: [] }),
    },
    't',
    [0],
  );
  return { ...place!, gap: place!.notices.find(({ kind }) => kind === 'gap')?.count };
}

describe('where reading of a partition begins', () => {
  it('records that are gone are reported once the broker says so twice', async () => {
    expect(await opened([0])).toMatchObject({ from: 10, gap: undefined });
    expect(await opened([30])).toMatchObject({ from: 30, gap: 20 });
    expect(await opened([30, 0])).toMatchObject({ from: 10, gap: undefined });
  });

  it('what was settled of them is not lost', async () => {
    const settled = `openedx-settled-1 ${TOPIC_ID} 10 5.10`;
    expect(await opened([30], settled)).toMatchObject({ from: 30, gap: 5 });
    expect(await opened([0], settled)).toMatchObject({ ahead: [[15, 51]], gap: undefined });
  });
});
