import { monotonicNow } from '../../common/clocks.js';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type {
  EventTransport,
  PublishOutcome,
  Subscription,
  SubscriptionHandle,
  TransportCapabilities,
  EventRecord,
} from '../../transport/transport.interface.js';
import type { WireFormat } from '../../transport/wire-format.interface.js';
import { StreamWireFormat } from '../../transport/wire/stream-wire-format.js';
import {
  numberedRecord,
  type RecordOptions,
  type Reaction,
  RecordingSink,
} from './recording-sink.js';
import { runInThisContext } from 'node:vm';

/** A transport object, as the conformance suite is given it. */
export interface TransportUnderTest {
  /** Not connected. The suite connects and closes it. */
  readonly transport: EventTransport;
  /** How its records hold events. Default: the wire format of the Redis and in-memory transports. */
  readonly wire?: WireFormat;
  /** Ends what was made beside the transport; the suite has closed the transport by then. */
  dispose(): Promise<void>;
}

export interface OpenTransport {
  readonly transport: EventTransport;
  readonly wire: WireFormat;
}

/** A subscription of a case, with the sink that it fills. */
export interface Reader {
  readonly handle: SubscriptionHandle;
  readonly sink: RecordingSink;
  readonly member: string;
}

export type ReadOptions = Partial<Omit<Subscription, 'topics'>> & {
  readonly react?: Reaction;
  /** `subscribed`: go on before the group has let the reader in. Default: once it has. */
  readonly once?: 'joined' | 'subscribed';
};

export interface BenchOptions {
  readonly capabilities: TransportCapabilities;
  readonly create: () => Promise<TransportUnderTest>;
  readonly restart?: () => Promise<void>;
  /** Factor on every time that the suite waits. */
  readonly slow: number;
}

/** What one case works with: names that nobody else has, transports that end with the case. */
export class Bench {
  readonly group = `group-${randomUUID()}`;
  readonly topic = this.newTopic();
  private readonly made: (TransportUnderTest & { closed: boolean })[] = [];
  private readonly sinks: RecordingSink[] = [];
  private readonly rejections: unknown[] = [];
  private readonly onRejection = (reason: unknown): void => void this.rejections.push(reason);

  constructor(private readonly options: BenchOptions) {
    realProcess.on('unhandledRejection', this.onRejection);
  }

  get capabilities(): TransportCapabilities {
    return this.options.capabilities;
  }

  get restart(): (() => Promise<void>) | undefined {
    return this.options.restart;
  }

  newTopic(): string {
    return `topic-${randomUUID()}`;
  }

  deadline(ms = 10_000): number {
    return monotonicNow() + ms * this.options.slow;
  }

  /** A new, connected transport object on the same broker. */
  async open(): Promise<OpenTransport> {
    const made = Object.assign(await this.options.create(), { closed: false });
    this.made.push(made);
    await made.transport.connect(this.deadline());
    return { transport: made.transport, wire: made.wire ?? new StreamWireFormat() };
  }

  /** Publishes one record an id, and fails unless the broker has taken all. */
  async publish(
    { transport, wire }: OpenTransport,
    ids: readonly string[],
    options: { topic?: string; record?: (id: string) => RecordOptions } = {},
  ): Promise<PublishOutcome[]> {
    const { topic = this.topic, record = () => ({}) } = options;
    const records = await Promise.all(
      ids.map((id) => numberedRecord(wire, id, topic, this.deadline(), record(id))),
    );
    const outcomes = await transport.publish(records, this.deadline());
    for (const outcome of outcomes) if (outcome.status !== 'sent') throw outcome.error;
    assert.equal(outcomes.length, ids.length, 'one outcome for each record');
    return [...outcomes];
  }

  /** Subscribes and joins; by default as a new member of the case's group, from the earliest record. */
  async read(
    { transport }: OpenTransport,
    options: ReadOptions & { topics?: readonly string[] } = {},
  ) {
    const { react, once = 'joined', ...wanted } = options;
    const sink = new RecordingSink(react);
    this.sinks.push(sink);
    const member = options.member ?? `member-${randomUUID()}`;
    const subscription: Subscription = {
      topics: [this.topic],
      group: this.group,
      start: 'earliest',
      maxInFlight: 100,
      ...wanted,
      member,
    };
    const handle = await transport.subscribe(subscription, sink);
    if (once === 'joined') await handle.joined;
    return { handle, sink, member } satisfies Reader;
  }

  async close(open: OpenTransport): Promise<void> {
    const made = this.made.find(({ transport }) => transport === open.transport)!;
    if (made.closed) return;
    made.closed = true;
    await made.transport.close(this.deadline(5000));
    await made.dispose();
  }

  /** Waits until the condition holds; fails with the text when it does not within the time. */
  async eventually(holds: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
    const deadline = this.deadline();
    while (!(await holds())) {
      if (monotonicNow() > deadline)
        assert.fail(`not within ${10 * this.options.slow} s: ${what()}`);
      await this.pass(5);
    }
  }

  /** Waits until the sink has had this many deliveries. */
  async had(sink: RecordingSink, count: number): Promise<void> {
    await this.eventually(
      () => sink.deliveries.length >= count,
      () => `${count} deliveries; there were ${sink.deliveries.length}`,
    );
  }

  /** Lets enough time pass for something that must not happen. */
  async quiet(): Promise<void> {
    await this.pass(100 * this.options.slow);
  }

  async pass(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms));
  }

  /** Ends everything that the case made, then fails for whatever was done against the contract. */
  async end(): Promise<void> {
    for (const { transport, wire = new StreamWireFormat() } of this.made) {
      await this.close({ transport, wire });
    }
    // Node tells of a rejection after the turn of the loop in which nobody took it.
    await new Promise((resolve) => setImmediate(resolve));
    realProcess.off('unhandledRejection', this.onRejection);
    assert.equal(this.sinks.flatMap((sink) => sink.violations).join('; '), '');
    const openEnded = this.sinks.filter(({ ends, notices }) => ends.length === 0 && notices.length);
    assert.equal(openEnded.length, 0, 'every subscription was told its end');
    assert.equal(this.rejections.map(String).join('; '), '', 'no unhandled rejection');
  }
}

/**
 * The `process` of Node itself. A test runner may give its tests another one (jest gives a copy), and
 * what listens there hears of no unhandled rejection and no warning.
 */
export const realProcess = runInThisContext('process') as NodeJS.Process;

/** A record as text, for comparison: topic, key, attributes in order and value, bytes as hex. */
export function hexOf({ topic, key, attributes, value }: EventRecord): string {
  const hex = (bytes: Uint8Array | null): string =>
    bytes ? Buffer.from(bytes).toString('hex') : 'null';
  const fields = attributes.map(([name, bytes]) => `${name}=${hex(bytes)}`);
  return [topic, hex(key), ...fields, hex(value)].join('\n');
}

/** One promise of the transport seam, and the proof that it is kept. */
export interface ConformanceCase {
  readonly name: string;
  /** Left out where the transport makes no such promise. Default: always. */
  readonly when?: (capabilities: TransportCapabilities, bench: { restart: boolean }) => boolean;
  readonly run: (bench: Bench) => Promise<void>;
}
