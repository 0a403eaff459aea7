import { monotonicNow } from '../../../lib/common/clocks.js';
import { BufferFullError, ClosedError, SendTimeoutError } from '../../../lib/errors/index.js';
import { SendBatcher, type SendBatcherOptions } from '../../../lib/producing/send-batcher.js';
import type { OutgoingRecord, PublishOutcome } from '../../../lib/transport/transport.interface.js';
import { preparedEvent, recordOf, ScriptedPublisher } from '../../support/scripted-publisher.js';
import { waitUntil } from '../../support/wait-until.js';

let publisher: ScriptedPublisher;
let batcher: SendBatcher;
const soon = () => Date.now() + 5000;

function make(options: Partial<SendBatcherOptions> = {}): void {
  publisher = new ScriptedPublisher();
  batcher = new SendBatcher({
    parts: publisher.parts,
    maxBufferedRecords: 100,
    ...options,
  });
}
const submit = (
  text: string,
  deadline = soon(),
  place: { topic?: string; key?: string | null } = {},
) =>
  new Promise<PublishOutcome>((resolve) =>
    batcher.submit([preparedEvent(text, place)], [place.topic ?? 'topic'], deadline, resolve),
  );

beforeEach(() => make());
afterEach(() => batcher.close(Date.now()));

describe('batching', () => {
  it('hands all records of one tick over in one call, each with its own outcome', async () => {
    const [a, b, c] = [submit('a'), submit('b'), submit('c')];
    await waitUntil(() => publisher.calls.length === 1);
    const failed = new Error('refused');
    publisher.calls[0]!.answer([
      publisher.sent(publisher.calls[0]!.records[0]!),
      { status: 'notSent', error: failed },
      publisher.sent(publisher.calls[0]!.records[2]!),
    ]);
    expect(await Promise.all([a, b, c])).toEqual([
      { status: 'sent', receipt: { position: { topic: 'topic', partition: '0', offset: '0' } } },
      { status: 'notSent', error: failed },
      { status: 'sent', receipt: { position: { topic: 'topic', partition: '0', offset: '1' } } },
    ]);
    expect(publisher.calls).toHaveLength(1);
  });

  it('also batches sends that follow one another through resolved promises', async () => {
    publisher.answerWith = (record) => publisher.sent(record);
    await Promise.all(
      ['a', 'b', 'c'].map(async (text) => {
        await Promise.resolve();
        await submit(text);
      }),
    );
    expect(publisher.calls.map((call) => call.records.length)).toEqual([3]);
  });

  it('gives the full topic to the wire format', async () => {
    batcher.submit([preparedEvent('a')], ['dev-topic'], soon(), () => undefined);
    await waitUntil(() => publisher.calls.length === 1);
    expect(publisher.calls[0]!.records[0]!.topic).toBe('dev-topic');
  });
});

describe('order', () => {
  it('keeps the order of a topic and key while a record is made; other keys go ahead', async () => {
    const made = new Map<string, (record: OutgoingRecord) => void>();
    publisher.toRecord = (event, topic) =>
      event.body.length === 1 && event.body[0] === 97
        ? new Promise((resolve) => made.set('a', resolve))
        : recordOf(event, topic);
    void submit('a');
    void submit('b');
    void submit('c', soon(), { key: 'other' });
    void submit('d', soon(), { topic: 'elsewhere' });
    await waitUntil(() => publisher.calls.length === 1);
    expect(publisher.bodies).toEqual(['c', 'd']);
    made.get('a')!(recordOf(preparedEvent('a'), 'topic'));
    await waitUntil(() => publisher.calls.length === 2);
    expect(publisher.bodies).toEqual(['c', 'd', 'a', 'b']);
  });

  it('keeps the order of all keys of records that are made in one turn', async () => {
    const made: (() => void)[] = [];
    publisher.toRecord = (event, topic) =>
      new Promise((resolve) => made.push(() => resolve(recordOf(event, topic))));
    for (let n = 0; n < 12; n++) void submit(String(n), soon(), { key: String(n % 5) });
    for (const resolve of made.reverse()) resolve();
    await waitUntil(() => publisher.bodies.length === 12);
    expect(publisher.bodies).toEqual(Array.from({ length: 12 }, (_, n) => String(n)));
  });

  it('lets a lane go on when the record at its head cannot be made', async () => {
    publisher.toRecord = (event, topic) =>
      event.body[0] === 97 ? Promise.reject(new Error('registry')) : recordOf(event, topic);
    const refused = submit('a');
    void submit('b');
    expect(await refused).toEqual({ status: 'notSent', error: new Error('registry') });
    await waitUntil(() => publisher.calls.length === 1);
    expect(publisher.bodies).toEqual(['b']);
  });

  it('holds for random delays of the wire format', async () => {
    make({ maxBufferedRecords: 1000 });
    publisher.answerWith = (record) => publisher.sent(record);
    publisher.toRecord = (event, topic) => {
      const record = recordOf(event, topic);
      if (Math.random() < 0.5) return record;
      return new Promise((resolve) => setTimeout(() => resolve(record), Math.random() * 10));
    };
    const all = Array.from({ length: 300 }, (_, i) =>
      submit(`${i % 5}:${i}`, soon(), { key: `${i % 5}` }),
    );
    await Promise.all(all);
    for (let key = 0; key < 5; key++) {
      const ofKey = publisher.bodies.filter((b) => b.startsWith(`${key}:`)).map((b) => +b.slice(2));
      expect(ofKey).toEqual(Array.from({ length: 60 }, (_, i) => i * 5 + key));
    }
  });
});

describe('bounds', () => {
  it('refuses a record too many, takes none of its event, and has room again after an outcome', async () => {
    make({ maxBufferedRecords: 3 });
    const first = submit('a');
    void submit('b');
    const two = [preparedEvent('c'), preparedEvent('d')];
    expect(() => batcher.submit(two, ['topic', 'topic'], soon(), () => undefined)).toThrow(
      BufferFullError,
    );
    await waitUntil(() => publisher.calls.length === 1);
    expect(publisher.bodies).toEqual(['a', 'b']);
    publisher.calls[0]!.confirm();
    await first;
    expect(() => batcher.submit(two, ['topic', 'topic'], soon(), () => undefined)).not.toThrow();
  });

  it('P-01: a transport that never answers gives unknown, after the deadline', async () => {
    const deadline = monotonicNow() + 50;
    const outcome = await submit('a', deadline);
    expect(outcome).toMatchObject({
      status: 'unknown',
      error: {
        code: 'SEND_TIMEOUT',
        message: expect.stringMatching(/^Publishing timed out after \d+ ms \(topic /),
      },
    });
    expect(monotonicNow()).toBeGreaterThanOrEqual(deadline - 2);
  });

  it('P-01: takes the word of a transport that answers at its deadline', async () => {
    const outcome = submit('a', Date.now() + 50);
    await waitUntil(() => publisher.calls.length === 1);
    setTimeout(() => {
      publisher.calls[0]!.answer([{ status: 'notSent', error: new Error('down') }]);
    }, 80);
    expect(await outcome).toEqual({ status: 'notSent', error: new Error('down') });
  });

  it('goes on after transports calls that never end', async () => {
    const stuck = submit('a', Date.now() + 30);
    await waitUntil(() => publisher.calls.length === 1);
    const next = submit('b');
    expect((await stuck).status).toBe('unknown');
    await waitUntil(() => publisher.calls.length === 2);
    publisher.calls[1]!.confirm();
    expect((await next).status).toBe('sent');
  });

  it('gives notSent for what was not handed over by its deadline, and never hands it over', async () => {
    let made: (record: OutgoingRecord) => void = () => undefined;
    publisher.toRecord = (event, topic) =>
      event.body[0] === 97 ? new Promise((resolve) => (made = resolve)) : recordOf(event, topic);
    const making = submit('a', Date.now() + 20);
    const behind = submit('b');
    expect(await making).toMatchObject({ status: 'notSent', error: expect.any(SendTimeoutError) });
    await waitUntil(() => publisher.calls.length === 1);
    made(recordOf(preparedEvent('a'), 'topic'));
    publisher.calls[0]!.confirm();
    expect((await behind).status).toBe('sent');
    await new Promise(setImmediate);
    expect(publisher.bodies).toEqual(['b']);
  });

  it('waits while the transport connects, and says at the deadline why', async () => {
    const refused = new Error('ECONNREFUSED');
    publisher.status.next({ state: 'connecting', error: refused });
    const late = await submit('a', Date.now() + 20);
    expect(late).toMatchObject({
      status: 'notSent',
      error: { code: 'SEND_TIMEOUT', cause: refused },
    });
    const later = submit('b');
    await new Promise(setImmediate);
    expect(publisher.calls).toHaveLength(0);
    publisher.status.next({ state: 'ready' });
    await waitUntil(() => publisher.calls.length === 1);
    publisher.calls[0]!.confirm();
    expect((await later).status).toBe('sent');
  });

  it('treats a transport that breaks its promise as unknown', async () => {
    const thrown = submit('a');
    await waitUntil(() => publisher.calls.length === 1);
    publisher.calls[0]!.reject(new Error('bug'));
    expect(await thrown).toEqual({ status: 'unknown', error: new Error('bug') });
    const missing = submit('b');
    await waitUntil(() => publisher.calls.length === 2);
    publisher.calls[1]!.answer([]);
    expect((await missing).status).toBe('unknown');
  });
});

describe('a topic that must wait', () => {
  const bad = { topic: 'bad' };

  it('holds up no other, however many calls with records of it have no outcome', async () => {
    for (let i = 0; i < 5; i++) {
      void submit(`bad ${i}`, soon(), bad);
      const good = submit(`good ${i}`);
      await waitUntil(() => publisher.bodies.includes(`good ${i}`));
      const call = publisher.calls.at(-1)!;
      call.tell(call.records.findIndex(({ topic }) => topic === 'topic'));
      expect((await good).status).toBe('sent');
    }
  });

  it('an outcome that is told before the others is that of the send, and the first counts', async () => {
    const [a, b] = [submit('a'), submit('b', soon(), bad)];
    await waitUntil(() => publisher.calls.length === 1);
    publisher.calls[0]!.tell(0);
    expect(await a).toMatchObject({ status: 'sent' });
    const error = new Error('no such topic');
    const notSent = { status: 'notSent', error } as const;
    publisher.calls[0]!.answer([notSent, notSent]);
    expect(await b).toEqual(notSent);
  });

  it('leaves half of the buffer to topics that move', async () => {
    make({ maxBufferedRecords: 20 });
    const isSent = async () => {
      const good = submit('good');
      goods++;
      await waitUntil(() => publisher.bodies.filter((body) => body === 'good').length === goods);
      const call = publisher.calls.at(-1)!;
      call.tell(call.records.length - 1);
      return (await good).status;
    };
    let goods = 0;
    void submit('first', soon(), bad);
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    expect(await isSent()).toBe('sent');
    for (let i = 0; i < 9; i++) void submit(`${i}`, soon(), bad);
    await expect(submit('one more', soon(), bad)).rejects.toMatchObject({
      code: 'BUFFER_FULL',
      message: expect.stringContaining(
        'at most 10 records for such topics may wait for the broker (half of maxBufferedRecords)',
      ),
    });
    expect(await isSent()).toBe('sent');
  });
});

describe('the end', () => {
  it('flush resolves when everything submitted before has its outcome', async () => {
    const done: string[] = [];
    void submit('a').then(() => done.push('a'));
    const flushed = batcher.flush(soon()).then(() => done.push('flushed'));
    await waitUntil(() => publisher.calls.length === 1);
    publisher.calls[0]!.confirm();
    await flushed;
    expect(done).toEqual(['a', 'flushed']);
    await batcher.flush(Date.now());
  });

  it('P-03: close waits for what is in flight, and settles what is left at its deadline', async () => {
    publisher.toRecord = (event, topic) =>
      event.body[0] === 98 ? new Promise(() => undefined) : recordOf(event, topic);
    const handedOver = submit('a');
    await waitUntil(() => publisher.calls.length === 1);
    const waiting = submit('b');
    await batcher.close(monotonicNow() + 50);
    expect(await handedOver).toMatchObject({ status: 'unknown', error: expect.any(ClosedError) });
    expect(await waiting).toMatchObject({ status: 'notSent', error: expect.any(ClosedError) });
    await expect(submit('c')).rejects.toThrow(ClosedError);
    expect(publisher.bodies).toEqual(['a']);
  });

  it('P-03: close right after a submit: it is still sent', async () => {
    publisher.answerWith = (record) => publisher.sent(record);
    const outcome = submit('a');
    await batcher.close(soon());
    expect((await outcome).status).toBe('sent');
    expect(publisher.bodies).toEqual(['a']);
  });
});
