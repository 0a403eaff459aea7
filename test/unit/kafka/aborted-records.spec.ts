import {
  type FetchedMessage,
  type FetchedPartition,
  hideAborted,
} from '../../../lib/transport/kafka/kafkajs/patches/guarded-cluster.js';

const data = (offset: number, producerId: string, inTransaction = true): FetchedMessage => ({
  ...{ offset: String(offset), key: null, isControlRecord: false },
  batchContext: { producerId, inTransaction },
});
const marker = (offset: number, producerId: string, type: 'abort' | 'commit'): FetchedMessage => ({
  ...data(offset, producerId),
  key: Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1]),
  isControlRecord: true,
});
const visible = (
  messages: readonly FetchedMessage[],
  aborted: readonly (readonly [string, number])[],
): string[] => {
  const partition: FetchedPartition = {
    messages,
    abortedTransactions: aborted.map(([producerId, first]) => ({
      ...{ producerId, firstOffset: String(first) },
    })),
  };
  hideAborted(partition);
  expect(partition.abortedTransactions).toEqual([]);
  return messages.filter((one) => !one.isControlRecord).map(({ offset }) => offset);
};

describe('records of aborted transactions', () => {
  it('are hidden where transactions overlap and the fetch begins within one', () => {
    const messages = [data(2, 'b'), marker(3, 'a', 'abort'), marker(4, 'b', 'abort'), data(5, 'a')];
    expect(
      visible(messages, [
        ['a', 1],
        ['b', 2],
      ]),
    ).toEqual(['5']);
  });

  it('are hidden in whatever order the broker names the transactions', () => {
    const messages = [data(1, 'a'), data(2, 'b'), marker(3, 'b', 'abort'), marker(4, 'a', 'abort')];
    expect(
      visible(messages, [
        ['b', 2],
        ['a', 1],
      ]),
    ).toEqual([]);
  });

  it('are those of the aborting producer only, and of its transactions only', () => {
    const messages = [
      data(9, 'a', false),
      data(10, 'a'),
      data(11, 'b'),
      marker(12, 'a', 'abort'),
      data(13, 'a'),
      marker(14, 'a', 'commit'),
    ];
    expect(visible(messages, [['a', 10]])).toEqual(['9', '11', '13']);
  });
});
