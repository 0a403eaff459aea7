import { outsideText } from '../../errors/outside-text.js';
import { asError } from '../../errors/thrown-values.js';
import type { RetryTopic } from '../../transport/later-retries.interface.js';
import type { Delivery } from '../../transport/transport.interface.js';
import type { Deadline } from '../deadline.js';
import type { ProcessingContext } from '../processing/processing-context.js';
import type { InFlight, Source } from '../processing/source-records.js';
import { SourceWorker } from '../subscribing/source-worker.js';
import type { IdleRecord } from '../subscribing/stalled-records.js';
import { WaitingDecoder, WaitingDelivery } from './waiting-delivery.js';

const CLOCK_RETRY_MS = 1_000;
const UNTIL_DUE = 'waiting for the next record to be due';

/** Where the records of a source wait: its topic, and the group whose handlers are to have them. */
export interface RetryPlace {
  readonly topic: RetryTopic;
  readonly group: string;
}

/**
 * Takes the records of one source on which they wait for a later retry. All of them wait equally long, so that the first one
 * is the first that is due: until then nothing of the source is read.
 */
export class RetryWorker {
  private readonly inner: SourceWorker;
  private isClosed = false;
  private endWait: (() => void) | undefined;

  constructor(
    private readonly parts: ProcessingContext,
    private readonly source: Source,
    isCrowded: () => boolean,
    private readonly place: RetryPlace,
  ) {
    const decoder = new WaitingDecoder(parts.decoder);
    this.inner = new SourceWorker({ ...parts, decoder }, source, isCrowded);
    parts.status.forLaterRetries(source.group, source.name);
  }

  get inHand(): InFlight {
    return this.inner.inHand;
  }

  /** Resolves when those of the batch that are due are in their lanes, and the others are given back. Never rejects. */
  async take(batch: readonly Delivery[]): Promise<void> {
    if (this.isClosed) return release(batch);
    const [next] = batch;
    const rough = this.parts.transport.laterRetries!.roughNow?.();
    if (rough !== undefined && next && this.waitsBy(next, rough)) {
      this.wait(this.dueIn(next, rough), UNTIL_DUE);
      return release(batch);
    }
    const now = await this.now();
    if (this.isClosed) return release(batch);
    if (now === undefined) {
      this.wait(
        CLOCK_RETRY_MS,
        'waiting for the broker to tell its clock time, which decides whether a record is due',
      );
      return release(batch);
    }
    const first = batch.findIndex((delivery) => this.dueIn(delivery, now) > 0);
    const due = first < 0 ? batch : batch.slice(0, first);
    if (first >= 0) {
      this.wait(this.dueIn(batch[first]!, now), UNTIL_DUE);
      // With all that follow it.
      release(batch.slice(first));
    }
    const ours = due.map((delivery) => this.asItWas(delivery)).filter((one) => !this.passed(one));
    if (ours.length > 0) await this.inner.take(ours);
  }

  keepAlive(): void {
    this.inner.keepAlive();
  }

  watch(): void {
    this.inner.watch();
  }

  idle(): readonly IdleRecord[] {
    return this.inner.idle();
  }

  /** As `SourceWorker.close`. */
  close(deadline: Deadline): Promise<void> {
    this.isClosed = true;
    this.endWait?.();
    this.parts.status.heal(this.faultKey);
    return this.inner.close(deadline);
  }

  private asItWas(delivery: Delivery): WaitingDelivery {
    const { topic, group } = this.place;
    return new WaitingDelivery(delivery, { source: topic.source, group });
  }

  /** Leaves a record to the other group that it waits for, where the topics of both have the same name. */
  private passed(delivery: WaitingDelivery): boolean {
    const { waiting, said } = delivery;
    const { topic, group } = this.place;
    if (waiting || !said) return false;
    const { original, group: other } = said;
    const { retries, warnings } = this.parts;
    if (!retries!.topics.isSharedWith(topic, original.topic, other)) return false;
    delivery.pass();
    const [name, source] = [topic.name, original.topic].map((text) => outsideText(text));
    warnings.offer({
      kind: 'shared retry topic',
      name: `${topic.name} ${group}`,
      text: () =>
        `Records of topic ${source} and group ${outsideText(other)} wait on topic ${name} too, because its name is made of both names; group ${group} leaves them to that group. Rename one of the groups`,
      rest: (count) => `… and ${count} more retry topics with records of another group`,
      fields: () => ({ group, topic: topic.name }),
    });
    return true;
  }

  /** Undefined where the broker does not tell its time. */
  private async now(): Promise<number | undefined> {
    const { status, transport } = this.parts;
    try {
      const now = await transport.laterRetries!.now();
      status.heal(this.faultKey);
      return now;
    } catch (error) {
      status.fault(this.faultKey, asError(error));
      return undefined;
    }
  }

  private get faultKey(): string {
    return `later retries ${this.place.group} ${this.source.name}`;
  }

  private dueIn({ record: { brokerTime } }: Delivery, now: number): number {
    const { delayMs } = this.place.topic;
    // What was stored in the future, by a clock that is wrong, waits no longer than the others.
    const stored = Math.min(brokerTime ?? now, now);
    return stored + delayMs - now;
  }

  /** Whether it is not due by a clock that may be wrong, but not so wrong that the record seems to come from the future. */
  private waitsBy(delivery: Delivery, rough: number): boolean {
    const { brokerTime } = delivery.record;
    return brokerTime !== undefined && brokerTime <= rough && this.dueIn(delivery, rough) > 0;
  }

  private wait(ms: number, why: string): void {
    const { delays } = this.parts;
    this.endWait?.();
    this.inner.hold(why);
    this.endWait = delays.wait(Math.min(ms, delays.lookAgainMs), () => {
      this.endWait = undefined;
      this.inner.goOn();
    });
  }
}

function release(batch: readonly Delivery[]): void {
  for (const delivery of batch) delivery.release();
}
