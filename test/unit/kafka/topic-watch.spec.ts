import { jest } from '@jest/globals';
import { TopicWatch } from '../../../lib/transport/kafka/consuming/topic-watch.js';
import type {
  KafkaDriver,
  TopicState,
} from '../../../lib/transport/kafka/kafka-driver.interface.js';

const topic = (id: string | undefined, ...epochs: number[]): TopicState => ({
  id,
  epochs: new Map(epochs.entries()),
});

describe('seeing that a topic is another one', () => {
  let watch: TopicWatch | undefined;
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => {
    watch?.stop();
    jest.useRealTimers();
  });

  /** A broker that answers these in turn, and the last of them from then on. */
  const watching = async (...answers: (TopicState | null)[]): Promise<string[]> => {
    const said: string[] = [];
    const driver = {
      topics: () => {
        const state = answers.length > 1 ? answers.shift() : answers[0];
        return Promise.resolve(state === undefined ? new Map() : new Map([['t', state]]));
      },
    };
    watch = new TopicWatch(driver as unknown as KafkaDriver, ['t'], new Map(), {
      remade: (_, { id }) => said.push(`remade ${id}`),
      grown: () => said.push('grown'),
      missing: () => said.push('missing'),
      found: () => said.push('found'),
    });
    await watch.identify(['t']);
    watch.start();
    await jest.advanceTimersByTimeAsync(10_000);
    return said;
  };

  it('by its id, once two answers say so', async () => {
    expect(await watching(topic('a', 0, 0), topic('b', 0, 0))).toEqual(['remade b']);
    expect(await watching(topic('a', 0), topic('b', 0), topic('a', 0))).toEqual([]);
  });

  it('and does not go back to the former one where a broker is behind', async () => {
    const [a, b] = [topic('a', 0), topic('b', 0)];
    expect(await watching(a, b, b, a, a, a)).toEqual(['remade b']);
    expect(watch!.idOf('t')).toBe('b');
  });

  it('not while it only has other leaders, or more partitions', async () => {
    expect(await watching(topic('a', 5), topic('a', 0))).toEqual([]);
    expect(await watching(topic('a', 5), topic('a', 6, 0))).toEqual(['grown']);
  });

  it('where brokers tell no ids: by fewer partitions, leaders that were there before, or because it was gone', async () => {
    const known = topic(undefined, 3, 3);
    expect(await watching(known, topic(undefined, 3))).toEqual(['remade undefined']);
    expect(await watching(known, topic(undefined, 3, 2))).toEqual(['remade undefined']);
    expect(await watching(known, topic(undefined, 4, 3))).toEqual([]);
    expect(await watching(known, null, null, known)).toEqual([
      ...['missing', 'found', 'remade undefined'],
    ]);
  });

  it('says that it is missing, once two answers say so, and that the same one is there again', async () => {
    const known = topic('a', 0);
    expect(await watching(known, null, known)).toEqual([]);
    expect(await watching(known, null, null, known)).toEqual(['missing', 'found', 'grown']);
    expect(await watching(known, null, null, topic('b', 0))).toEqual([
      ...['missing', 'found', 'remade b'],
    ]);
  });
});
