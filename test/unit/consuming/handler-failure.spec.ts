import { HaltedError, HandlersFailedError, TooManyErrorsError } from '../../../lib/errors/index.js';
import { markUnrecoverable } from '../../../lib/consuming/handlers/handler-result.js';
import { ConsumingBus, latch, recordOf, SECRET } from '../../support/consuming-bus.js';
import { ScriptedTransport } from '../../support/scripted-transport.js';
import { waitUntil } from '../../support/wait-until.js';

describe('a handler fails', () => {
  it('B-11: twice, then succeeds: handled once to the end, in the order of the source', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport);
    const done: number[] = [];
    const attempts: number[] = [];
    bus.handle(({ n }, { attempt }) => {
      if (n === 1) attempts.push(attempt);
      if (n === 1 && attempt < 3) throw new Error('not yet');
      done.push(n);
    });
    await bus.runtime.start();
    await transport.last.deliver('s', [recordOf(0), recordOf(1), recordOf(2)]);
    await waitUntil(() => bus.ends.length === 3);
    expect(done).toEqual([0, 1, 2]);
    expect(attempts).toEqual([1, 2, 3]);
    expect(transport.last.fates()).toEqual(['settled', 'settled', 'settled']);
    expect(bus.counts).toMatchObject({ handled: 3, failed: 0, retried: 2 });
    await bus.drain();
  });

  it('B-12: of three handlers the middle one fails: only it runs again, the error has its cause', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, { retry: attempts(2) });
    const ran: string[] = [];
    bus.handle(() => ran.push('first'), { name: 'first' });
    bus.handle(
      () => {
        ran.push('middle');
        throw new Error('boom of the middle');
      },
      { name: 'middle' },
    );
    bus.handle(() => ran.push('last'), { name: 'last' });
    await bus.runtime.start();
    await transport.last.deliver('s', [recordOf(1)]);
    await waitUntil(() => bus.ends.length === 1);
    expect(ran).toEqual(['first', 'middle', 'last', 'middle']);
    const error = bus.ends[0]?.error as HandlersFailedError;
    expect(error).toBeInstanceOf(HandlersFailedError);
    expect(error.total).toBe(3);
    expect(error.failures.map((f) => f.handler)).toEqual(['middle']);
    expect(error).toMatchObject({
      topic: 'subject',
      group: 'g',
      eventType: 'org.openedx.test.subject.happened.v1',
      eventId: '00000000-0000-1000-8000-000000000001',
    });
    expect(bus.ends[0]).toMatchObject({ result: 'failed', group: 'g', topic: 'subject' });
    await bus.drain();
  });

  it('every handler keeps its own number of attempts, and every cause is in the one error', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport);
    const ran: string[] = [];
    for (const [name, tries] of [
      ['once', 1],
      ['four', 4],
    ] as const) {
      const fail = (): void => {
        ran.push(name);
        throw new Error(name);
      };
      bus.handle(fail, { name, retry: { attempts: tries } });
    }
    await bus.runtime.start();
    await transport.last.deliver('s', [recordOf(1)]);
    await waitUntil(() => bus.ends.length === 1);
    expect(ran).toEqual(['once', 'four', 'four', 'four', 'four']);
    const error = bus.ends[0]?.error as HandlersFailedError;
    expect(error.failures.map((f) => (f.error as Error).message)).toEqual(['once', 'four']);
    await bus.drain();
  });

  it('a permanent error is not retried', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport);
    let calls = 0;
    bus.handle(() => {
      calls++;
      throw markUnrecoverable(new Error('refused by a pipe'));
    });
    await bus.runtime.start();
    await transport.last.deliver('s', [recordOf(1), recordOf(2)]);
    await waitUntil(() => bus.ends.length === 2);
    expect(calls).toBe(2);
    expect(bus.counts.retried).toBe(0);
    expect(transport.last.fates()).toEqual(['settled', 'settled']);
    await bus.drain();
  });

  it('each attempt gets the data as it came, whatever the handler did to it', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport);
    const seen: number[] = [];
    bus.handle((data) => {
      seen.push(data.n);
      data.n = -1;
      throw new Error('again');
    });
    await bus.runtime.start();
    await transport.last.deliver('s', [recordOf(7)]);
    await waitUntil(() => bus.ends.length === 1);
    expect(seen).toEqual([7, 7, 7]);
    await bus.drain();
  });

  it('nothing is settled before all handlers are done', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport);
    const slow = latch();
    let quickDone = false;
    bus.handle(() => (quickDone = true), { name: 'quick' });
    bus.handle(() => slow.opened, { name: 'slow' });
    await bus.runtime.start();
    await transport.last.deliver('s', [recordOf(1)]);
    await waitUntil(() => quickDone);
    expect(transport.last.fates()).toEqual(['in hand']);
    slow.open();
    await waitUntil(() => transport.last.fates()[0] === 'settled');
    expect(transport.last.journal).toEqual(['settle s:0']);
    await bus.drain();
  });

  it('the log names the place, type and id and never the data, nor in any other line', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, { retry: attempts(1) });
    bus.handle(() => {
      throw new Error('database is full');
    });
    await bus.runtime.start();
    await transport.last.deliver('s', [recordOf(5)]);
    await waitUntil(() => bus.ends.length === 1);
    const errors = bus.lines.filter((line) => line.startsWith('error'));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(
      'Event failed. The record is acknowledged and will not be redelivered: topic=subject, partition=s, offset=0, group=g, event_type=org.openedx.test.subject.happened.v1, message_id=00000000-0000-1000-8000-000000000005, attempts=1: ',
    );
    expect(errors[0]).toContain('Test.handle: Error: database is full');
    expect(bus.lines.join('\n')).not.toContain(SECRET);
    expect(bus.lines.join('\n')).not.toContain(Buffer.from(SECRET).toString('hex'));
    await bus.drain();
  });

  it('with logEventData the failure line has the body in hex', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, { retry: attempts(1), logEventData: true });
    bus.handle(() => {
      throw new Error('x');
    });
    await bus.runtime.start();
    const record = recordOf(5);
    await transport.last.deliver('s', [record]);
    await waitUntil(() => bus.ends.length === 1);
    const hex = Buffer.from(record.value ?? []).toString('hex');
    expect(bus.lines.find((line) => line.startsWith('error'))).toContain(`body=${hex}`);
    await bus.drain();
  });

  it('halt: the source stops at the record, which stays unsettled; other sources go on', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, { onFailure: 'halt' });
    const done: number[] = [];
    bus.handle(({ n }) => {
      if (n === 2) throw new Error('poison');
      done.push(n);
    });
    await bus.runtime.start();
    await transport.last.deliver('s', [recordOf(1), recordOf(2), recordOf(3)]);
    await waitUntil(() => bus.fatal.length === 1);
    await transport.last.deliver('other', [recordOf(4)]);
    await waitUntil(() => done.length === 2);
    expect(done).toEqual([1, 4]);
    expect(transport.last.fates('s')).toEqual(['settled', 'in hand', 'released']);
    expect(bus.fatal[0]).toBeInstanceOf(HaltedError);
    expect(bus.fatal[0]?.cause).toBeInstanceOf(HandlersFailedError);
    const { state, error, sources } = bus.status.snapshot();
    expect(state).toBe('failed');
    expect(error).toBe(bus.fatal[0]);
    expect(sources.find((s) => s.source === 's')?.state).toBe('halted');
    expect(bus.status.healthy).toBe(false);
    await bus.drain();
    expect(transport.last.fates('s')[1]).toBe('released');
    expect(bus.status.snapshot().state).toBe('failed');
  });
});

describe('B-13: the consecutive error limit', () => {
  it('stops consuming at the limit, says so once, and leaves what it did not handle', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, { consecutiveErrorsLimit: 3, retry: attempts(2) });
    const tried: number[] = [];
    bus.handle(({ n }, { attempt }) => {
      if (attempt === 1) tried.push(n);
      throw new Error('always');
    });
    await bus.runtime.start();
    await transport.last.deliver(
      's',
      [1, 2, 3, 4, 5].map((n) => recordOf(n)),
    );
    await waitUntil(() => transport.last.journal.includes('stop'));
    expect(tried).toEqual([1, 2, 3]);
    expect(transport.last.fates()).toEqual([
      'settled',
      'settled',
      'settled',
      'released',
      'released',
    ]);
    expect(bus.fatal).toHaveLength(1);
    expect(bus.fatal[0]).toBeInstanceOf(TooManyErrorsError);
    expect((bus.fatal[0] as TooManyErrorsError).limit).toBe(3);
    expect(bus.status.snapshot()).toMatchObject({ state: 'failed', consecutiveErrors: 3 });
    await bus.drain();
  });

  it('counts records, not attempts, and only a success clears the count', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, { consecutiveErrorsLimit: 3 });
    bus.handle(({ n }) => {
      if (n !== 3) throw new Error('bad');
    });
    await bus.runtime.start();
    const counts: number[] = [];
    for (const n of [1, 2, 3, 4, 5]) {
      await transport.last.deliver('s', [recordOf(n)]);
      await waitUntil(() => bus.ends.length === n);
      counts.push(bus.status.snapshot().consecutiveErrors);
    }
    expect(counts).toEqual([1, 2, 0, 1, 2]);
    expect(bus.fatal).toEqual([]);
    await bus.drain();
  });
});

function attempts(count: number) {
  return { attempts: count, delayMs: 1, factor: 1, maxDelayMs: 1 };
}
