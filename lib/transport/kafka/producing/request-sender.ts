import { monotonicNow } from '../../../common/clocks.js';
import { backoffDelay, pauseFor } from '../../../common/waiting.js';
import type {
  BatchAnswer,
  KafkaDriver,
  ProducerClient,
  ProducerId,
  TopicLeaders,
} from '../kafka-driver.interface.js';
import { isForbidden, serviceFault } from '../kafka-errors.js';
import type { PublishingSettings } from '../settings/kafka-settings.js';
import {
  confirm,
  freeLanes,
  refuse,
  type Room,
  type SentBatch,
  takeFrom,
  verdictOn,
} from './sent-batch.js';
import { isOpen, type PartitionRecords, type WaitingRecord } from './topic-records.js';
import type { HealthBoard } from '../../common/health-board.js';

/** The broker recognises no repeat. */
const NO_ID: ProducerId = { id: -1, epoch: 0 };
const LAST_EPOCH = 2 ** 15 - 2;
const SEQUENCES = 2 ** 31;
/** Refusals in a row of what is more than a move to another broker. */
const TELLING = 3;

/** What a sender tells the publisher. */
export interface SenderListener {
  /** Something may be sent that could not be before. */
  changed(): void;
  /** Whether somebody waits for an outcome. */
  isWanted(): boolean;
  /** Nothing can be sent before somebody changes our rights. */
  forbidden(error: unknown): void;
  /** The leader of the partition may be another by now. */
  stale(partition: PartitionRecords): void;
  /** A batch is not on the topic, and may go again. */
  putBack(partition: PartitionRecords, records: readonly WaitingRecord[]): void;
}

export interface SenderOptions {
  readonly name: string;
  readonly driver: KafkaDriver;
  readonly settings: PublishingSettings;
  readonly idempotent: boolean;
  readonly troubles: PublishingTroubles;
}

interface NextNumber {
  readonly producer: ProducerId;
  sequence: number;
}

/**
 * Sends as one producer: one request at a time to each broker, and one batch at a time of each partition. What a
 * broker, topic or partition does not take holds up nothing else.
 *
 * A batch of which it is not known whether it is stored goes again under its number, which the partition recognises.
 * When it is given up, the numbers of its partition begin anew under the next epoch, so that the next batch cannot be
 * taken for a repeat.
 */
export class RequestSender {
  private client: ProducerClient | undefined;
  private id: ProducerId | undefined;
  private connecting: Promise<void> | undefined;
  private isConnected = false;
  private readonly hurried = new AbortController();
  private readonly underWay = new Map<number, readonly SentBatch[]>();
  private readonly repeating = new Set<SentBatch>();
  private readonly held = new Set<PartitionRecords>();
  private readonly numbers = new Map<PartitionRecords, NextNumber>();
  private readonly unreached = new Map<number, { failures: number; notBefore: number }>();

  constructor(
    private readonly options: SenderOptions,
    private readonly listener: SenderListener,
  ) {
    if (!options.idempotent) this.id = NO_ID;
  }

  get isReady(): boolean {
    return this.isConnected;
  }

  /** Whether a broker has something of ours, or must be given it again. */
  get isAtWork(): boolean {
    return this.underWay.size > 0 || this.repeating.size > 0;
  }

  /** Connects in the background, while somebody waits. */
  start(): void {
    this.connecting ??= this.connect().finally(() => (this.connecting = undefined));
  }

  /** Asks brokers for the leaders of topics. */
  async leaders(topics: readonly string[]): Promise<ReadonlyMap<string, TopicLeaders>> {
    if (!this.isConnected) {
      this.start();
      await this.connecting;
    }
    if (!this.client || !this.isConnected) throw new Error('not connected');
    return this.client.leaders(topics);
  }

  /** Begins anew with other connections; what is under way goes again. */
  renew(): void {
    this.isConnected = false;
    this.client?.discard();
    this.client = undefined;
  }

  /** Brokers to which a repeat may go, and when the next may. */
  dueRepeats(now: number): { readonly brokers: readonly number[]; readonly next: number } {
    const brokers: number[] = [];
    let next = Infinity;
    for (const { partition, dueAt } of this.repeating) {
      if (partition.leader < 0) this.listener.stale(partition);
      else if (dueAt <= now) brokers.push(partition.leader);
      else next = Math.min(next, dueAt);
    }
    return { brokers, next };
  }

  /** When the broker may be asked: in the past for now, `Infinity` while it has not answered. */
  mayAsk(broker: number): number {
    if (this.underWay.has(broker)) return Infinity;
    return this.unreached.get(broker)?.notBefore ?? 0;
  }

  /** Sends one request to a broker, of what must go again and of the partitions, which it leads. */
  sendTo(broker: number, partitions: readonly PartitionRecords[], now: number): void {
    const batches = this.take(broker, partitions, now);
    if (batches.length > 0) void this.request(broker, batches);
  }

  /** To be called when records got their outcome by their deadline: nobody waits for a request that has no others. */
  dropLate(): void {
    for (const [broker, batches] of this.underWay)
      if (!batches.some(hasOpen)) this.client?.interrupt(broker);
    for (const batch of this.repeating) if (!hasOpen(batch)) this.giveUp(batch);
  }

  /** Waits no more between tries to connect. */
  flushNow(): void {
    this.hurried.abort();
  }

  /** Ends the connections. */
  discard(): void {
    this.renew();
    this.flushNow();
  }

  private async connect(): Promise<void> {
    const { driver, troubles, name } = this.options;
    for (let failures = 1; this.listener.isWanted(); failures++) {
      const client = (this.client ??= driver.producer());
      try {
        await client.connect();
        this.id ??= await client.newId();
        if (this.client !== client) continue;
        this.isConnected = true;
        troubles.over(name);
        this.listener.changed();
        return;
      } catch (error) {
        if (this.client === client) this.renew();
        troubles.at(name, error);
        if (isForbidden(error)) return this.listener.forbidden(error);
        await pauseFor(backoffDelay(failures, 50), this.hurried.signal);
        if (this.hurried.signal.aborted) return;
      }
    }
  }

  private take(broker: number, partitions: readonly PartitionRecords[], now: number): SentBatch[] {
    const { batchRecords, batchBytes, maxInFlight } = this.options.settings;
    const room: Room = { records: batchRecords, bytes: batchBytes, isUsed: false };
    const batches: SentBatch[] = [];
    for (const batch of this.repeating) {
      const { partition, dueAt, records } = batch;
      if (partition.leader !== broker || dueAt > now || room.records <= 0) continue;
      this.repeating.delete(batch);
      partition.repeats--;
      room.records -= records.length;
      for (const { size } of records) room.bytes -= size;
      room.isUsed = true;
      batches.push(batch);
    }
    for (const partition of partitions) {
      if (room.records <= 0) break;
      if (this.held.has(partition)) continue;
      const number = this.numberOf(partition);
      if (!number) continue;
      const records = takeFrom(partition, room, maxInFlight > 1);
      if (records.length === 0) continue;
      this.held.add(partition);
      batches.push({ partition, records, ...number, mayBeStored: false, tries: 0, dueAt: 0 });
    }
    return batches;
  }

  private numberOf(partition: PartitionRecords): NextNumber | undefined {
    let number = this.numbers.get(partition);
    if (number === undefined && this.id !== undefined) {
      number = { producer: this.id, sequence: 0 };
      this.numbers.set(partition, number);
    }
    return number;
  }

  private async request(broker: number, taken: readonly SentBatch[]): Promise<void> {
    this.underWay.set(broker, taken);
    let batches = taken;
    let isWritten = false;
    try {
      const client = this.client;
      if (!client) throw new Error('not connected');
      await client.reach(broker);
      batches = taken.filter((batch) => this.isWorthIt(batch));
      if (batches.length > 0) {
        isWritten = true;
        for (const { records } of batches) for (const one of records) one.handedOver = true;
        const answers = await client.produce(
          broker,
          batches.map(({ partition: { topic, partition }, records, producer, sequence }) => ({
            ...{ topic, partition, producer, sequence },
            records: records.map(({ record }) => record),
          })),
        );
        this.answered(broker);
        batches.forEach((batch, i) => this.conclude(batch, answers[i]!));
      }
    } catch (error) {
      this.failed(broker, batches, isWritten, error);
    } finally {
      this.underWay.delete(broker);
      this.listener.changed();
    }
  }

  /** A record whose sender was told that it is not sent must not be. */
  private isWorthIt(batch: SentBatch): boolean {
    if (!batch.mayBeStored) {
      const open = batch.records.filter(isOpen);
      if (open.length < batch.records.length) {
        freeLanes(batch);
        batch.records = open;
      }
    }
    if (hasOpen(batch)) return true;
    if (batch.mayBeStored) this.renumber(batch);
    this.release(batch);
    return false;
  }

  private answered(broker: number): void {
    if (this.unreached.size > 0) this.unreached.delete(broker);
    const name = this.troubleAt(broker);
    if (this.options.troubles.has(name)) this.options.troubles.over(name);
  }

  private failed(
    broker: number,
    batches: readonly SentBatch[],
    isWritten: boolean,
    error: unknown,
  ): void {
    const { failures = 0 } = this.unreached.get(broker) ?? {};
    const notBefore = monotonicNow() + this.delay(failures + 1);
    this.unreached.set(broker, { failures: failures + 1, notBefore });
    if (failures > 0) this.options.troubles.at(this.troubleAt(broker), error);
    for (const batch of batches) {
      this.listener.stale(batch.partition);
      if (isWritten || batch.mayBeStored) this.again(batch, error);
      else this.putBack(batch);
    }
  }

  private conclude(batch: SentBatch, answer: BatchAnswer): void {
    if (typeof answer === 'number') return this.stored(batch, answer);
    const { partition, records, mayBeStored } = batch;
    const verdict = verdictOn(answer);
    switch (verdict) {
      case 'stored':
        return this.stored(batch, -1);
      case 'one':
        // A partition takes a batch wholly or not at all, so its halves may have its numbers.
        if (records.length > 1) {
          partition.limit = Math.ceil(records.length / 2);
          return this.putBack(batch);
        }
        break;
      case 'number':
        this.renumber(batch);
        if (!mayBeStored) return this.later(batch, answer);
        break;
      case 'later':
        if (!mayBeStored) return this.later(batch, answer);
        this.listener.stale(partition);
        return this.again(batch, answer);
      case 'unsaid':
        return this.again(batch, answer);
      case 'unknown':
        this.renumber(batch);
    }
    this.release(batch);
    const isUnknown = verdict === 'unknown' || (mayBeStored && verdict !== 'one');
    if (isUnknown && verdict === 'refused') this.renumber(batch);
    refuse(records, answer, isUnknown ? 'unknown' : 'notSent');
  }

  private stored(batch: SentBatch, offset: number): void {
    const { partition, records, producer, sequence } = batch;
    if (producer.id >= 0) {
      const next = (sequence + records.length) % SEQUENCES;
      this.numbers.set(partition, { producer, sequence: next });
    }
    this.release(batch);
    partition.limit = Infinity;
    if (partition.failures > 0) {
      partition.failures = 0;
      const { troubles } = this.options;
      if (partition.of.tookSome() && troubles.has(partition.topic)) troubles.over(partition.topic);
    }
    confirm(batch, offset);
  }

  /** The partition does not take it now. */
  private later(batch: SentBatch, error: Error): void {
    const { partition } = batch;
    partition.of.refusal = error;
    partition.notBefore = monotonicNow() + this.delay(++partition.failures);
    if (partition.failures >= TELLING && partition.of.open > 0)
      this.options.troubles.at(partition.topic, error, partition.topic);
    this.listener.stale(partition);
    this.putBack(batch);
  }

  private putBack(batch: SentBatch): void {
    const { partition, records } = batch;
    this.release(batch);
    for (const waiting of records) waiting.handedOver = false;
    this.listener.putBack(partition, records);
  }

  /** Whether it is stored is not known. */
  private again(batch: SentBatch, error: unknown): void {
    const { partition } = batch;
    batch.mayBeStored = true;
    const { most = 0 } = this.client?.repeats ?? {};
    if (this.client && ++batch.tries > most) {
      refuse(batch.records, error, 'unknown');
      return this.giveUp(batch);
    }
    if (!hasOpen(batch)) return this.giveUp(batch);
    batch.dueAt = monotonicNow() + this.delay(batch.tries);
    this.repeating.add(batch);
    partition.repeats++;
  }

  private giveUp(batch: SentBatch): void {
    if (this.repeating.delete(batch)) batch.partition.repeats--;
    this.renumber(batch);
    this.release(batch);
  }

  private renumber({ partition, producer: { id, epoch } }: SentBatch): void {
    if (id < 0) return;
    if (epoch < LAST_EPOCH) {
      this.numbers.set(partition, { producer: { id, epoch: epoch + 1 }, sequence: 0 });
      return;
    }
    this.numbers.delete(partition);
    this.id = undefined;
    this.isConnected = false;
  }

  private release(batch: SentBatch): void {
    freeLanes(batch);
    this.held.delete(batch.partition);
  }

  private delay(failures: number): number {
    const { firstMs = 100, longestMs = 1_000 } = this.client?.repeats ?? {};
    return backoffDelay(failures, firstMs, longestMs);
  }

  private troubleAt(broker: number): string {
    return `${this.options.name}, broker ${broker}`;
  }
}

function hasOpen({ records }: SentBatch): boolean {
  return records.some(isOpen);
}

const PART = 'publishing';

/** What keeps records from being sent, each by a name, as one part of the transport's health. */
export class PublishingTroubles {
  private readonly names = new Set<string>();

  constructor(private readonly health: HealthBoard) {}

  at(name: string, error: unknown, topic?: string): void {
    this.names.add(name);
    this.health.failed(PART, serviceFault(error, topic === undefined ? {} : { topic }));
  }

  /** It has recovered, or works for the first time. */
  over(name: string): void {
    this.names.delete(name);
    if (this.names.size === 0) this.health.healed(PART);
  }

  /** Nobody waits for it any more. */
  gone(name: string): void {
    if (this.names.delete(name) && this.names.size === 0) this.health.idle(PART);
  }

  has(name: string): boolean {
    return this.names.has(name);
  }
}
