import { ServiceUnavailableError } from '../../../lib/errors/index.js';
import type { WireFormat } from '../../../lib/transport/wire-format.interface.js';
import { StreamWireFormat } from '../../../lib/transport/wire/stream-wire-format.js';
import { ConsumingBus, recordOf } from '../../support/consuming-bus.js';
import { ScriptedTransport } from '../../support/scripted-transport.js';
import { waitUntil } from '../../support/wait-until.js';

/** A wire format whose registry is away for the record with the given number, until told otherwise. */
class FaultyWire implements Pick<WireFormat, 'fromRecord'> {
  private readonly inner = new StreamWireFormat();
  readonly toRecord = this.inner.toRecord.bind(this.inner);
  away = true;
  asked = 0;
  constructor(private readonly source: string) {}
  async fromRecord(...[record, position]: Parameters<WireFormat['fromRecord']>) {
    if (this.away && position.partition === this.source) {
      this.asked++;
      throw new ServiceUnavailableError('schema registry', 'timed out');
    }
    return this.inner.fromRecord(record, position);
  }
}

describe('a service that is away', () => {
  it('while reading a record: pauses its source, degrades, heals, and settles nothing meanwhile', async () => {
    const transport = new ScriptedTransport();
    const wire = new FaultyWire('sick');
    const bus = new ConsumingBus(transport, {}, { parts: { transport, wire } });
    const done: number[] = [];
    bus.handle(({ n }) => done.push(n));
    await bus.runtime.start();
    void transport.last.deliver('sick', [recordOf(1), recordOf(2)]);
    await waitUntil(() => wire.asked >= 3);
    await transport.last.deliver('well', [recordOf(3)]);
    await waitUntil(() => done.length === 1);
    expect(transport.last.fates('sick')).toEqual(['in hand', 'in hand']);
    expect(transport.last.journal).toContain('pause sick');
    const sick = bus.status.snapshot();
    expect(sick.state).toBe('degraded');
    expect(sick.error).toBeInstanceOf(ServiceUnavailableError);
    expect(sick.sources.find((s) => s.source === 'sick')).toMatchObject({ state: 'paused' });
    expect(sick.counts).toMatchObject({ failed: 0, unusable: 0 });
    wire.away = false;
    await waitUntil(() => done.length === 3);
    expect(done).toEqual([3, 1, 2]);
    expect(transport.last.fates()).toEqual(['settled', 'settled', 'settled']);
    expect(transport.last.journal).toContain('resume sick');
    expect(bus.status.snapshot()).toMatchObject({ state: 'running', error: null });
    // One line for the outage, however often it was tried.
    expect(bus.lines.filter((line) => line.includes('timed out'))).toHaveLength(1);
    expect(pausesIn(bus.lines)).toEqual([
      'warn Group g paused reading sick, because a record cannot be processed at present. Processing is retried until it succeeds; until then the record is not acknowledged and no further records are read: schema registry: timed out',
      expect.stringMatching(/^log Group g resumed reading sick after [1-9]\d* s$/),
    ]);
    await bus.drain();
  });

  it('for a handler that says so: only that handler waits, without using up attempts', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, { retry: { ...noRetry } });
    const ran = { well: 0, sick: 0 };
    bus.handle(() => ran.well++, { name: 'well' });
    bus.handle(
      () => {
        if (++ran.sick < 5) throw new ServiceUnavailableError('database', 'refuses connections');
      },
      { name: 'sick' },
    );
    await bus.runtime.start();
    await transport.last.deliver('s', [recordOf(1)]);
    await waitUntil(() => ran.sick === 2);
    expect(bus.status.snapshot().state).toBe('degraded');
    await waitUntil(() => bus.ends.length === 1);
    expect(ran).toEqual({ well: 1, sick: 5 });
    expect(bus.ends[0]?.result).toBe('handled');
    expect(bus.counts.failed).toBe(0);
    expect(bus.status.snapshot().state).toBe('running');
    await bus.drain();
  });

  it('is told of once more when reading resumes, for each source of which the log said that it paused', async () => {
    const transport = new ScriptedTransport();
    const isAway = new Set<number>();
    const bus = new ConsumingBus(transport);
    bus.handle(({ n }) => {
      if (isAway.has(n)) throw new ServiceUnavailableError('database', 'refuses connections');
    });
    await bus.runtime.start();
    const all = Array.from({ length: 12 }, (_, n) => n);
    for (const n of all) isAway.add(n);
    await Promise.all(all.map((n) => transport.last.deliver(`s${n}`, [recordOf(n)])));
    const paused = () => bus.status.snapshot().sources.filter(({ state }) => state === 'paused');
    await waitUntil(() => paused().length === 12);
    const told = pausesIn(bus.lines).map((line) => / reading (\S+), /.exec(line)?.[1]);
    expect(told).toHaveLength(10);
    expect(bus.lines.join()).not.toContain('resumed reading');
    isAway.clear();
    await waitUntil(() => bus.ends.length === 12);
    const resumed = pausesIn(bus.lines)
      .slice(10)
      .map((line) => /^log Group g resumed reading (\S+) after /.exec(line)?.[1]);
    expect(resumed.toSorted()).toEqual(told.toSorted());
    await bus.drain();
  });

  it('of a source that then halts: nothing says that reading resumes', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, { onFailure: 'halt', retry: noRetry });
    let calls = 0;
    bus.handle(() => {
      if (++calls < 3) throw new ServiceUnavailableError('database', 'refuses connections');
      throw new Error('poison');
    });
    await bus.runtime.start();
    await transport.last.deliver('s', [recordOf(1)]);
    await waitUntil(() => bus.fatal.length === 1);
    expect(transport.last.journal).not.toContain('resume s');
    await bus.drain();
    expect(pausesIn(bus.lines)).toEqual([
      expect.stringMatching(/^warn Group g paused reading s, because .*refuses connections$/),
    ]);
  });

  it('does not keep a drain waiting: the records are released', async () => {
    const transport = new ScriptedTransport();
    const wire = new FaultyWire('sick');
    const bus = new ConsumingBus(
      transport,
      {},
      { parts: { transport, wire }, timing: { serviceFault: hour } },
    );
    bus.handle(() => undefined);
    await bus.runtime.start();
    void transport.last.deliver('sick', [recordOf(1), recordOf(2)]);
    await waitUntil(() => wire.asked === 1);
    await bus.drain(hour.delayMs);
    expect(transport.last.fates()).toEqual(['released', 'released']);
    expect(bus.lines.join()).not.toContain('resumed reading');
  });

  it('the transport itself: shown as degraded until it is ready again', async () => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport);
    bus.handle(() => undefined);
    await bus.runtime.start();
    const error = new Error('connection lost');
    transport.status.next({ state: 'degraded', error });
    expect(bus.status.snapshot()).toMatchObject({ state: 'degraded', error });
    transport.status.next({ state: 'ready' });
    expect(bus.status.snapshot()).toMatchObject({ state: 'running', error: null });
    await bus.drain();
    expect(transport.status.observed).toBe(false);
  });
});

/** The lines that say that reading is paused or resumes. */
const pausesIn = (lines: readonly string[]) =>
  lines.filter((line) => / (?:paused|resumed) reading /.test(line) && !line.includes('…'));

const noRetry = { attempts: 1, delayMs: 1, factor: 1, maxDelayMs: 1 };
const hour = { delayMs: 3_600_000, factor: 1, maxDelayMs: 3_600_000 };
