import { zigzagBytes } from '../../common/varint.js';
import type {
  Delivery,
  DeliverySink,
  SourceNotice,
  IncomingRecord,
  OutgoingRecord,
} from '../../transport/transport.interface.js';
import type { PreparedEvent, WireFormat } from '../../transport/wire-format.interface.js';

/** What a RecordingSink does with each delivery; `deliver` resolves once all that it returns has. */
export type Reaction = (delivery: Delivery, sink: RecordingSink) => void | Promise<void>;

export const settleIt: Reaction = (delivery) => delivery.settle();
export const keepIt: Reaction = () => undefined;
/** Releases what it gets, up to a number that no case waits for: so no case can run for ever. */
export const releaseIt: Reaction = (delivery, { deliveries }) => {
  if (deliveries.length < 5000) delivery.release();
};

/** A sink for tests of transports: it records all it is told, reacts to each delivery, and notes every broken promise. */
export class RecordingSink implements DeliverySink {
  /** Every delivery, in the order in which they came. */
  readonly deliveries: Delivery[] = [];
  /** What each call of `deliver` was given. */
  readonly batches: (readonly Delivery[])[] = [];
  /** Every notice, in the order in which they came. */
  readonly notices: SourceNotice[] = [];
  /** The sources that were taken back, in order; one that was taken back twice is there twice. */
  readonly revoked: string[] = [];
  /** How the subscription ended: empty while it goes on, then one entry. */
  readonly ends: ('until' | 'stopped' | Error)[] = [];
  /** What the transport did against the contract of DeliverySink; a case fails when there is any. */
  readonly violations: string[] = [];
  /** Called by `revoke`, which waits for what it returns. Default: does nothing. */
  onRevoke: (source: string) => void | Promise<void> = () => undefined;
  private readonly busy = new Set<string>();

  constructor(private readonly react: Reaction = settleIt) {}

  /** The ids that the conformance suite gave to the records delivered, in order; a redelivery is there again. */
  get ids(): string[] {
    return this.deliveries.map(({ record }) => idOf(record));
  }

  /** As `ids`, of the records of one full topic. */
  idsOf(topic: string): string[] {
    return this.deliveries
      .filter(({ record }) => record.topic === topic)
      .map((d) => idOf(d.record));
  }

  /** Records the batch and lets `react` decide about each delivery, one after the other. */
  async deliver(batch: readonly Delivery[]): Promise<void> {
    this.notEnded('deliver');
    const source = batch[0]?.source;
    if (source === undefined) return this.broken('an empty batch was delivered');
    if (batch.some((delivery) => delivery.source !== source)) this.broken('a batch of two sources');
    if (this.busy.has(source)) this.broken('deliver called before the last one has resolved');
    this.busy.add(source);
    this.batches.push(batch);
    for (const delivery of batch) {
      this.deliveries.push(delivery);
      await this.react(delivery, this);
    }
    this.busy.delete(source);
  }

  /** Records the source, and resolves when `onRevoke` has. */
  async revoke(source: string): Promise<void> {
    this.notEnded('revoke');
    this.revoked.push(source);
    await this.onRevoke(source);
  }

  /** Records the notice. */
  notice(notice: SourceNotice): void {
    this.notEnded(`notice ${notice.kind}`);
    this.notices.push(notice);
  }

  /** Records the reason. Whatever is called after it is a violation. */
  end(reason: 'until' | 'stopped' | Error): void {
    this.notEnded('end');
    this.ends.push(reason);
  }

  /** The notices of one kind, in the order in which they came. */
  noticesOf(kind: SourceNotice['kind']): SourceNotice[] {
    return this.notices.filter((notice) => notice.kind === kind);
  }

  private notEnded(what: string): void {
    if (this.ends.length > 0) this.broken(`${what} called after end`);
  }

  private broken(what: string): void {
    this.violations.push(what);
  }
}

/** An extra attribute, which every wire format must carry, names the record. */
const ID_ATTRIBUTE = 'conformance-id';

export const EVENT_TYPE = 'org.openedx.learning.auth.session.login.completed.v1';
const SCHEMA =
  '{"name": "CloudEvent", "type": "record", "fields": [{"name": "text", "type": "string"}]}';

export interface RecordOptions {
  readonly key?: string;
  readonly time?: string;
  /** Bytes of text in the body. */
  readonly size?: number;
}

/** An event whose extra attribute holds the id. Its metadata id is made of the id's digits. */
export function numberedEvent(
  id: string,
  topic: string,
  options: RecordOptions = {},
): PreparedEvent {
  const text = Buffer.concat([Buffer.from(`${id} é\0 `), Buffer.alloc(options.size ?? 0, 'x')]);
  const digits = Buffer.from(id).toString('hex').padStart(12, '0').slice(-12);
  return {
    type: EVENT_TYPE,
    topic,
    metadata: {
      type: EVENT_TYPE,
      id: `5c0ffee0-0000-4000-8000-${digits}`,
      minorversion: 0,
      source: 'openedx/conformance/web',
      sourcehost: 'conformance.example.org',
      time: options.time ?? '2024-05-07T08:09:10.123456+00:00',
      sourcelib: [11, 2, 0],
    },
    key:
      options.key === undefined
        ? null
        : { value: options.key, schema: '{"name": "key", "type": "string"}' },
    body: Buffer.concat([zigzagBytes(text.length), text]),
    schema: SCHEMA,
    attributes: [[ID_ATTRIBUTE, Buffer.from(id)]],
  };
}

export async function numberedRecord(
  wire: WireFormat,
  id: string,
  topic: string,
  deadline: number,
  options: RecordOptions = {},
): Promise<OutgoingRecord> {
  return wire.toRecord(numberedEvent(id, topic, options), topic, deadline);
}

export function idOf(record: IncomingRecord): string {
  const named = record.attributes.findLast(([name]) => name === ID_ATTRIBUTE);
  return Buffer.from(named?.[1] ?? []).toString();
}

/** Ids that sort as they count: `001` to `100`. */
export function ids(count: number, prefix = ''): string[] {
  const width = String(count).length;
  return Array.from({ length: count }, (_, i) => prefix + String(i + 1).padStart(width, '0'));
}
