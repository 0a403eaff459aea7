import { BehaviorSubject } from 'rxjs';
import type {
  EventTransport,
  OutcomeListener,
  OutgoingRecord,
  PublishOutcome,
  TransportStatus,
} from '../../lib/transport/transport.interface.js';
import type {
  PreparedEvent,
  TransportParts,
  WireFormat,
} from '../../lib/transport/wire-format.interface.js';

/** One call of `publish`, which the test answers when it wants. */
export interface PublishCall {
  readonly records: readonly OutgoingRecord[];
  readonly deadline: number;
  answer(outcomes: readonly PublishOutcome[]): void;
  /** All sent, at offsets that count on. */
  confirm(): void;
  reject(error: unknown): void;
  /** The outcome of one record, before those of the others. */
  tell(index: number): void;
}

/** A transport whose `publish` does what the test says: by `answerWith`, or call by call. */
export class ScriptedPublisher {
  readonly calls: PublishCall[] = [];
  readonly status = new BehaviorSubject<TransportStatus>({ state: 'ready' });
  /** Answers each call at once; without it calls wait for the test. */
  answerWith: ((record: OutgoingRecord) => PublishOutcome) | undefined;
  /** What the wire format makes of an event; default: a plain record at once. */
  toRecord: WireFormat['toRecord'] = (event, topic) => recordOf(event, topic);
  private offset = 0;

  readonly parts: TransportParts = {
    transport: {
      capabilities: {
        order: 'key',
        groups: true,
        persistent: false,
        partitions: true,
        countsDeliveries: false,
      },
      status$: this.status.asObservable(),
      connect: () => Promise.resolve(),
      publish: (records, deadline, told) => this.publish(records, deadline, told),
      subscribe: () => Promise.reject(new Error('only publishing is scripted')),
      close: () => Promise.resolve(),
      unwrap: <T>() => this as unknown as T,
    } satisfies EventTransport,
    wire: {
      toRecord: (event, topic, deadline) => this.toRecord(event, topic, deadline),
      fromRecord: () => {
        throw new Error('only publishing is scripted');
      },
    },
  };

  /** Bodies handed over so far, as text, in order. */
  get bodies(): string[] {
    return this.calls.flatMap((call) => call.records.map(bodyText));
  }

  sent(record: OutgoingRecord): PublishOutcome {
    const position = { topic: record.topic, partition: '0', offset: String(this.offset++) };
    return { status: 'sent', receipt: { position } };
  }

  private publish(
    records: readonly OutgoingRecord[],
    deadline: number,
    told?: OutcomeListener,
  ): Promise<readonly PublishOutcome[]> {
    return new Promise((resolve, reject) => {
      const confirm = () => resolve(records.map((record) => this.sent(record)));
      const tell = (i: number) => told?.(i, this.sent(records[i]!));
      this.calls.push({ records, deadline, answer: resolve, confirm, reject, tell });
      if (this.answerWith) resolve(records.map(this.answerWith));
    });
  }
}

export function bodyText(record: OutgoingRecord): string {
  return Buffer.from(record.value ?? []).toString();
}

export function recordOf(event: PreparedEvent, topic: string): OutgoingRecord {
  return { topic, key: null, attributes: [], value: event.body };
}

/** A prepared event whose body is `text`. */
export function preparedEvent(
  text: string,
  { topic = 'topic', key = 'k' }: { topic?: string; key?: string | null } = {},
): PreparedEvent {
  return {
    type: 'org.openedx.test.thing.happened.v1',
    topic,
    metadata: {
      type: 'org.openedx.test.thing.happened.v1',
      id: `00000000-0000-0000-0000-${Buffer.from(text).toString('hex').padStart(12, '0').slice(-12)}`,
      minorversion: 0,
      source: 'openedx/test/web',
      sourcehost: 'host',
      time: '2023-01-01T14:00:00+00:00',
      sourcelib: [1, 2, 3],
    },
    key: key === null ? null : { value: key, schema: '{"name": "k", "type": "string"}' },
    body: Buffer.from(text),
    schema: '"string"',
    attributes: [],
  };
}
