import { AsyncLocalStorage } from 'node:async_hooks';
import { monotonicNow } from '../../../lib/common/clocks.js';
import { BufferFullError, ClosedError, SendError } from '../../../lib/errors/index.js';
import { BODY, closeAll, DATA, kit, OTHER, route, THING } from '../../support/producer-kit.js';
import { waitUntil } from '../../support/wait-until.js';

afterEach(closeAll);

describe('a send that is not confirmed', () => {
  it('P-01: broker down: rejects by its deadline, logged with place and id only, prepared event to the hook', async () => {
    const { producer, publisher, lines, reported, status } = kit(route({ a: true }), {
      settings: { sendTimeoutMs: 3_600_000 },
    });
    publisher.answerWith = undefined;
    const error: any = await producer.send(THING, DATA, { timeout: 400 }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(SendError);
    expect(error.outcomes).toMatchObject([
      { topic: 'dev-a', status: 'unknown', error: { code: 'SEND_TIMEOUT' } },
    ]);
    expect(reported).toHaveLength(1);
    const { prepared } = reported[0]!;
    expect(prepared).toMatchObject({
      type: THING.type,
      topic: 'a',
      metadata: { id: error.eventId },
    });
    expect(Buffer.from(prepared.body)).toEqual(BODY);
    const [line] = lines.filter((l) => l.level === 'error');
    expect(line!.text).toContain(`topic=dev-a, message_id=${error.eventId}`);
    expect(JSON.stringify(lines)).not.toContain('secret-payload');
    expect(JSON.stringify(lines)).not.toContain(BODY.toString('hex'));
    expect(status.snapshot().counts).toMatchObject({ sendFailed: 1, sent: 0 });
  });

  it('P-01: logs enough to send it again with logEventData', async () => {
    const { producer, publisher, lines } = kit(route({ a: true }), {
      settings: { logEventData: true },
    });
    publisher.answerWith = () => ({ status: 'notSent', error: new Error('OOM') });
    await expect(producer.send(THING, DATA)).rejects.toThrow(SendError);
    expect(lines.at(-1)!.text).toContain(`event_data_hex=${BODY.toString('hex')}`);
  });

  it('P-02: two topics, one fails: the other is sent, and the error tells which', async () => {
    const { producer, publisher, reported, status } = kit(route({ a: true, b: true }));
    const down = new Error('NOAUTH');
    publisher.answerWith = (sent) =>
      sent.topic === 'dev-a' ? { status: 'notSent', error: down } : publisher.sent(sent);
    const error: any = await producer.send(THING, DATA).catch((e: unknown) => e);
    expect(error.outcomes).toEqual([
      { topic: 'dev-a', status: 'notSent', error: down },
      { topic: 'dev-b', status: 'sent' },
    ]);
    expect(error.cause).toBe(down);
    expect(reported.map(({ prepared }) => prepared.topic)).toEqual(['a']);
    expect(status.snapshot().counts).toMatchObject({ sent: 1, sendFailed: 1 });
  });

  it('rejects BufferFullError and tells the hook when too much waits for the broker', async () => {
    const { producer, publisher, reported } = kit(route({ a: true }), {
      settings: { maxBufferedRecords: 1 },
    });
    publisher.answerWith = undefined;
    const first = producer.send(THING, DATA);
    await expect(producer.send(THING, DATA)).rejects.toThrow(BufferFullError);
    expect(reported).toHaveLength(1);
    await waitUntil(() => publisher.calls.length === 1);
    publisher.calls[0]!.confirm();
    expect((await first).receipts).toHaveLength(1);
  });
});

describe('sends that fail in large numbers', () => {
  it('have a line a second with their number; each rejects, is counted and goes to the hook', async () => {
    const { producer, publisher, lines, reported, status } = kit(route({ a: true }), {
      settings: { maxBufferedRecords: 500 },
    });
    publisher.answerWith = undefined;
    const begun = monotonicNow();
    const sends = Array.from({ length: 10_500 }, () =>
      producer.send(THING, DATA, { timeout: 300 }),
    );
    const ends = await Promise.allSettled(sends);
    expect(new Set(ends.map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect(reported).toHaveLength(10_500);
    expect(status.snapshot().counts.sendFailed).toBe(10_500);
    await producer.close(Date.now() + 1_000);
    const errors = lines.filter(({ level }) => level === 'error').map(({ text }) => text);
    const kinds = 2;
    const seconds = Math.ceil((monotonicNow() - begun) / 1_000);
    // Of each kind the first at once, one a second, and the rest at the end.
    expect(errors.length).toBeLessThanOrEqual(kinds * (seconds + 2));
    const told = errors.map((text) => Number(/and (\d+) more like this/.exec(text)?.[1] ?? 0) + 1);
    expect(told.reduce((sum, count) => sum + count, 0)).toBe(10_500);
  });
});

describe('emit', () => {
  it('never throws or rejects; failures are logged and reported', async () => {
    const { producer, publisher, lines, reported, status } = kit(route({ a: true }));
    publisher.answerWith = () => ({ status: 'notSent', error: new Error('down') });
    producer.emit(OTHER, { name: 'no route' });
    producer.emit(THING, { thing: 1 } as any);
    producer.emit(THING, DATA, { timeout: NaN });
    producer.emit(THING, DATA);
    await producer.flush();
    expect(lines.filter((l) => l.level === 'error')).toHaveLength(4);
    expect(reported).toHaveLength(1);
    expect(status.snapshot().counts.sendFailed).toBe(4);
  });
});

describe('shutdown', () => {
  it('P-03: close right after send: acked', async () => {
    const { producer } = kit(route({ a: true }));
    const sent = producer.send(THING, DATA);
    producer.emit(THING, DATA);
    await producer.close(Date.now() + 1000);
    expect((await sent).receipts).toHaveLength(1);
  });

  it('P-03: what is left at the deadline is reported, none silent; the hook is awaited', async () => {
    const seen: string[] = [];
    const { producer, publisher, status } = kit(route({ a: true }), {
      onSendFailure: async (prepared) => {
        await new Promise((resolve) => setTimeout(resolve, 10));
        seen.push(prepared.metadata.id);
      },
    });
    publisher.answerWith = undefined;
    const sent = producer.send(THING, DATA);
    producer.emit(THING, DATA);
    const outcome = sent.catch((error: unknown) => error);
    await producer.close(Date.now() + 30);
    expect(await outcome).toBeInstanceOf(SendError);
    expect(seen).toHaveLength(2);
    expect(status.snapshot().counts.sendFailed).toBe(2);
    await expect(producer.send(THING, DATA)).rejects.toThrow(ClosedError);
  });

  it('a hook that fails is logged and changes nothing', async () => {
    const { producer, publisher, lines } = kit(route({ a: true }), {
      onSendFailure: () => {
        throw new Error('outbox full');
      },
    });
    publisher.answerWith = () => ({ status: 'notSent', error: new Error('down') });
    await expect(producer.send(THING, DATA)).rejects.toThrow(SendError);
    expect(lines.at(-1)!.text).toContain('outbox full');
  });
});

it('each failure is reported in the async context of its sender, whoever sends beside it', async () => {
  const request = new AsyncLocalStorage<string>();
  const seen: string[] = [];
  const { producer, publisher } = kit(route({ a: true, b: true }), {
    onSendFailure: async (prepared) => {
      seen.push(`${prepared.topic} of ${request.getStore()}`);
      request.enterWith('left behind');
    },
  });
  publisher.answerWith = () => ({ status: 'notSent', error: new Error('down') });
  const senders = ['first', 'second', undefined].map((name) =>
    request.run(name as string, () => producer.send(THING, DATA).catch(() => undefined)),
  );
  request.run('third', () => producer.emit(THING, DATA));
  await Promise.all(senders);
  await producer.flush();
  expect(seen.toSorted()).toEqual(
    ['a', 'b'].flatMap((topic) =>
      ['first', 'second', 'third', undefined].map((name) => `${topic} of ${name}`),
    ),
  );
});
