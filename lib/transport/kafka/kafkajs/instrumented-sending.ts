import { AsyncLocalStorage, type AsyncResource } from 'node:async_hooks';
import type { Message, Producer } from 'kafkajs';
import { hereContext } from '../../../common/async-contexts.js';
import type { OutcomeListener, OutgoingRecord, PublishOutcome } from '../../transport.interface.js';
import type { PublishRecords, SendingDetour } from '../kafka-driver.interface.js';
import type { KafkajsClients } from './kafkajs-clients.js';
import { messageOf, recordOf } from './outgoing-message.js';
import { unwrap } from './unwrap.js';
import { standInFor } from './patches/kafkajs-internals.js';
import { type ProduceRequest, standInCluster } from './patches/producing.js';

const METHODS = ['send', 'sendBatch'] as const;
type SendMethod = (typeof METHODS)[number];

/** A record on its way through what others put around kafkajs. */
interface Passage {
  readonly record: OutgoingRecord;
  /** As it began. */
  readonly sent: Message;
  /** Publishes the record; once, only the first call has an effect. */
  readonly handOn: (record: OutgoingRecord) => Promise<PublishOutcome>;
}

/**
 * The way of records where an instrumentation (OpenTelemetry, Sentry, …) has wrapped how kafkajs sends. Our requests do
 * not go by kafkajs's `send`, where it would see them. So each record goes as one message through the wrapped `send` of
 * a producer without connections, in the async context of whoever sent its event, and what that producer would give to
 * a broker is published.
 */
export class InstrumentedSending implements SendingDetour {
  private readonly contexts = new WeakMap<OutgoingRecord, AsyncResource>();

  private constructor(
    private readonly producer: Producer,
    private readonly method: SendMethod,
    private readonly passages: AsyncLocalStorage<Passage>,
  ) {}

  /** Undefined where kafkajs is as it was installed, apart from what is to be passed by. */
  static find(clients: KafkajsClients): InstrumentedSending | undefined {
    const passages = new AsyncLocalStorage<Passage>();
    const { kafka } = clients.open();
    const cluster = standInCluster((asked) => handOn(passages.getStore(), asked));
    if (!standInFor(kafka, cluster)) return undefined;
    const producer = kafka.producer({ retry: { retries: 0 }, createPartitioner: () => () => 0 });
    const passes = clients.passesInstrumentations;
    if (passes) for (const method of METHODS) unwrap(producer, method);
    const wrapped = METHODS.find((method) => isWrapped(producer, method, passes));
    if (wrapped === undefined) return undefined;
    // Without a connection to make it is there at once.
    void producer.connect().catch(() => undefined);
    return new InstrumentedSending(producer, wrapped, passages);
  }

  keepContext(record: OutgoingRecord, context: AsyncResource): void {
    this.contexts.set(record, context);
  }

  publish(
    records: readonly OutgoingRecord[],
    deadline: number,
    told: OutcomeListener | undefined,
    publish: PublishRecords,
  ): Promise<readonly PublishOutcome[]> {
    const publishOne = async (record: OutgoingRecord, i: number): Promise<PublishOutcome> => {
      const [outcome] = await publish([record], deadline, (_, one) => told?.(i, one));
      return outcome!;
    };
    return Promise.all(
      records.map((record, i) => this.pass(record, (changed) => publishOne(changed, i))),
    );
  }

  private pass(
    record: OutgoingRecord,
    publish: (record: OutgoingRecord) => Promise<PublishOutcome>,
  ): Promise<PublishOutcome> {
    return new Promise((resolve) => {
      let outcome: Promise<PublishOutcome> | undefined;
      const passage: Passage = {
        record,
        sent: messageOf(record),
        handOn: (changed) => {
          if (outcome === undefined) resolve((outcome = publish(changed)));
          return outcome;
        },
      };
      const send = (): Promise<unknown> => this.passages.run(passage, () => this.send(passage));
      const context = this.contexts.get(record) ?? hereContext();
      // Where others failed, it is published without them.
      const anyhow = (): unknown => passage.handOn(record);
      context.runInAsyncScope(send).then(anyhow, anyhow);
    });
  }

  /** In one turn, so that records stay in order. */
  private async send({ record: { topic }, sent }: Passage): Promise<unknown> {
    const messages = [{ ...sent, headers: { ...sent.headers } }];
    const { producer } = this;
    return this.method === 'send'
      ? producer.send({ topic, acks: -1, messages })
      : producer.sendBatch({ acks: -1, topicMessages: [{ topic, messages }] });
  }
}

const UNASKED =
  'an instrumentation of kafkajs sent a message that the event bus did not pass to it, or left one out; it may only add headers to a message';

/** Gives the number of the record on its partition. Rejects with what the broker, or we, said against it. */
async function handOn(passage: Passage | undefined, asked: ProduceRequest): Promise<string> {
  const made = asked.topicData[0]?.partitions[0]?.messages[0];
  if (passage === undefined || made === undefined) throw new Error(UNASKED);
  const { record, sent } = passage;
  const outcome = await passage.handOn(recordOf(record, sent, made));
  if (outcome.status !== 'sent') throw outcome.error;
  return outcome.receipt.position?.offset ?? '-1';
}

/** kafkajs's own functions begin by taking `acks` out of their parameter; minified and compiled ones do too. */
const OWN = /^[^{}]*\{[^{}]*\backs\b/;

/**
 * Wrappers hand on what they are given. Sentry 11 wraps a function by rewriting the file when it is loaded: the text of
 * the wrapper then contains that of kafkajs, and nothing can take it off. Where instrumentations are to be passed by, it
 * counts as kafkajs's own.
 */
function isWrapped(producer: Producer, method: SendMethod, passesRewritten: boolean): boolean {
  const send = (producer as unknown as Readonly<Record<string, unknown>>)[method];
  if (typeof send !== 'function') return false;
  const own = passesRewritten ? /\backs\b/ : OWN;
  return '__wrapped' in send || !own.test(Function.prototype.toString.call(send));
}
