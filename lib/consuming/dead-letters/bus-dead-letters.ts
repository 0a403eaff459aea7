import { randomUUID } from 'node:crypto';
import { codecFor } from '../../codec/event-codec.js';
import { monotonicNow, systemNow } from '../../common/clocks.js';
import { endBy, pauseFor, tryUntil } from '../../common/waiting.js';
import { UnknownEventError, UnusableRecordError } from '../../errors/index.js';
import { outsideText } from '../../errors/outside-text.js';
import type {
  DeadLetterStore,
  LetterClosing,
} from '../../transport/dead-letter-store.interface.js';
import type { RecordPosition } from '../../transport/transport.interface.js';
import { decodeReceived } from '../processing/body-decoder.js';
import type { ConsumerRuntimeOptions } from '../processing/processing-context.js';
import { publishRecord } from '../publish-record.js';
import { DeadLetterTopics } from './dead-letter-topics.js';
import {
  type ClosedDeadLetter,
  type DeadLetter,
  type DeadLetterPage,
  type DeadLetterQuery,
  DeadLetters,
  type DiscardOptions,
  type RedriveOptions,
  type RedrivenLetter,
} from './dead-letters.js';
import {
  checkClosingQuery,
  checkHistoryQuery,
  checkOptions,
  checkQuery,
  cursorAfter,
  invalid,
  readCursor,
} from './letter-arguments.js';
import { LetterRedriver } from './letter-redriver.js';
import { whoWeAre } from './who-we-are.js';
import { copyKey, type OpenLetter, OpenLetters } from './open-letters.js';

const PAGE = 100;
/** Letters that are reserved together. */
const RESERVED_AT_ONCE = 50;
const RESERVED_MS = 15_000;
/** Time for leaving the broker when a close is past its deadline. */
const LEAVE_MS = 1_000;

export type BusDeadLettersOptions = Omit<
  ConsumerRuntimeOptions,
  'onFatal' | 'onRecordEnd' | 'start' | 'member'
>;

/** What became of one letter that was to be discarded. `reserved` and `selected` as in RedrivenLetter. */
export interface DiscardedLetter {
  readonly letter: DeadLetter;
  readonly result: 'discarded' | 'reserved' | 'selected';
}

/** Dead letters as the transport of a bus keeps them, and its handlers take them. */
export class BusDeadLetters extends DeadLetters {
  private readonly open: OpenLetters;
  private readonly stopping = new AbortController();
  private readonly abandoning = new AbortController();
  private readonly running = new Set<Promise<void>>();
  private readonly reservations = new Set<Reservation>();

  constructor(private readonly options: BusDeadLettersOptions) {
    super();
    const { settings, parts, handlers } = options;
    this.open = new OpenLetters({
      ...{ settings, handlers, wire: parts.wire },
      store: () => this.store,
      topics: new DeadLetterTopics(settings),
    });
  }

  override async list(
    query: DeadLetterQuery & { readonly limit?: number; readonly after?: string } = {},
  ): Promise<DeadLetterPage> {
    checkQuery(withoutPaging(query));
    const { limit = PAGE, after, ...wanted } = query;
    checkOptions({ limit }, ['limit']);
    const letters: DeadLetter[] = [];
    const found = this.open.find(wanted, after === undefined ? undefined : readCursor(after));
    for await (const { letter, isCopy } of found) {
      if (isCopy) continue;
      if (letters.length === limit) return { letters, next: cursorAfter(letters, after) };
      letters.push(letter);
    }
    return { letters };
  }

  override async *all(query: DeadLetterQuery = {}): AsyncIterable<DeadLetter> {
    checkQuery(query);
    for await (const { letter, isCopy } of this.open.find(query)) if (!isCopy) yield letter;
  }

  override async get(id: string): Promise<DeadLetter | undefined> {
    for await (const letter of this.all({ id })) return letter;
    return undefined;
  }

  override async data({ record, original, position, group }: DeadLetter): Promise<unknown> {
    const { parts, catalog } = this.options;
    const received = await parts.wire.fromRecord(record, original ?? position);
    const { type, metadata } = received;
    const place = { topic: record.topic, group, eventType: type, eventId: metadata.id };
    const definition = catalog.get(type);
    if (!definition) throw new UnknownEventError(type, place);
    return decodeReceived(codecFor(definition), received, place).data;
  }

  override redrive(
    query: DeadLetterQuery,
    options: RedriveOptions = {},
  ): AsyncIterable<RedrivenLetter> {
    return this.counted(this.redriveEach(query, options));
  }

  private async *redriveEach(
    query: DeadLetterQuery,
    options: RedriveOptions,
  ): AsyncGenerator<RedrivenLetter, void> {
    checkClosingQuery(query);
    checkOptions(options, ['to', 'again', 'rate', 'limit', 'dryRun', 'by']);
    const { to = 'handlers', rate = Infinity, dryRun = false, by = whoWeAre() } = options;
    const { again = false } = options;
    const redriver = new LetterRedriver({ ...this.options, again });
    const until = { stopped: this.stopping.signal, abandoned: this.abandoning.signal };
    try {
      let next = monotonicNow();
      for await (const one of this.reserved(query, options, by)) {
        const { letter } = one.open;
        if (dryRun) {
          yield { letter, result: 'selected' };
          continue;
        }
        if (!one.isOurs) {
          yield { letter, result: 'reserved' };
          continue;
        }
        await pauseFor(next - monotonicNow(), this.stopping.signal);
        if (this.stopping.signal.aborted) return;
        next = Math.max(next, monotonicNow() - 1_000) + 1_000 / rate;
        const wrong = misplaced(one.open);
        const again = () =>
          to === 'topic' ? this.sendAgain(one.open) : redriver.redrive(one.open, until);
        const end = wrong ? ({ result: 'kept', error: wrong } as const) : await again();
        if (end.result !== 'kept')
          await one.close(end.result === 'failedAgain' ? 'failedAgain' : 'redriven');
        redriver.ended(letter, end.result);
        yield { letter, ...end };
      }
    } finally {
      redriver.flush();
    }
  }

  override async discard(
    query: DeadLetterQuery,
    reason: string,
    options?: DiscardOptions,
  ): Promise<number> {
    let count = 0;
    for await (const { result } of this.discardEach(query, reason, options))
      if (result !== 'reserved') count++;
    return count;
  }

  /** As `discard`, and says of each letter what became of it. */
  discardEach(
    query: DeadLetterQuery,
    reason: string,
    options: DiscardOptions = {},
  ): AsyncIterable<DiscardedLetter> {
    return this.counted(this.closeEach(query, reason, options));
  }

  private async *closeEach(
    query: DeadLetterQuery,
    reason: string,
    options: DiscardOptions,
  ): AsyncGenerator<DiscardedLetter, void> {
    checkClosingQuery(query);
    checkOptions(options, ['limit', 'dryRun', 'by']);
    const { dryRun = false, by = whoWeAre() } = options;
    if (typeof reason !== 'string' || reason.trim() === '')
      throw invalid('reason', reason, 'a string that says why the letters are discarded');
    for await (const one of this.reserved(query, options, by)) {
      const { letter } = one.open;
      if (dryRun) yield { letter, result: 'selected' };
      else if (!one.isOurs) yield { letter, result: 'reserved' };
      else {
        await one.close('discarded', reason);
        yield { letter, result: 'discarded' };
      }
    }
  }

  override async *history(
    query: Pick<DeadLetterQuery, 'group' | 'topic'> = {},
  ): AsyncIterable<ClosedDeadLetter> {
    checkHistoryQuery(query);
    for (const topic of this.open.topicsOf(query))
      for await (const { letterId, at, ...closing } of this.store.closings(topic))
        yield { ...closing, id: letterId, at: new Date(at) };
  }

  /**
   * Ends what is being redriven, after the letters at hand, until the deadline (by `monotonicNow`); handlers that run longer
   * are told by their signal. Gives up what is reserved, also for who asked for letters and never asked again. Never rejects.
   */
  async close(deadline: number): Promise<void> {
    this.stopping.abort();
    const inTime = await endBy(deadline, Promise.all(this.running));
    const end = inTime ? deadline : monotonicNow() + LEAVE_MS;
    this.abandoning.abort();
    await endBy(end, Promise.all(this.running));
    await endBy(
      Math.max(end, monotonicNow() + LEAVE_MS),
      Promise.all([...this.reservations].map((reservation) => reservation.end())),
    );
  }

  /** As the items, where `close` waits for what is asked for, and not for who does not ask. */
  private async *counted<T>(items: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
    try {
      for (;;) {
        const next = await this.during(items.next());
        if (next.done) return;
        yield next.value;
      }
    } finally {
      await this.during(items.return());
    }
  }

  private async during<T>(work: Promise<T>): Promise<T> {
    const over = work.then(
      () => undefined,
      () => undefined,
    );
    this.running.add(over);
    try {
      return await work;
    } finally {
      this.running.delete(over);
    }
  }

  /** The letters that fit, reserved for us as far as nobody else has them; copies are closed with the letter that they copy. */
  private async *reserved(
    query: DeadLetterQuery,
    { limit = Infinity, dryRun = false }: Pick<RedriveOptions, 'limit' | 'dryRun'>,
    by: string,
  ): AsyncIterable<ReservedLetter> {
    if (this.stopping.signal.aborted) return;
    const copies = dryRun ? undefined : await this.open.copies(query);
    const owner = `${by} ${process.pid} ${randomUUID()}`;
    let left = limit;
    for await (const chunk of chunksOf(this.open.find(query), RESERVED_AT_ONCE)) {
      if (this.stopping.signal.aborted) return;
      if (dryRun) {
        for (const open of chunk.filter(({ isCopy }) => !isCopy)) {
          if (left-- <= 0) return;
          yield { open, isOurs: false, close: () => Promise.resolve() };
        }
        continue;
      }
      const reservation = await Reservation.of(this.store, chunk, { owner, by });
      this.reservations.add(reservation);
      try {
        for (const open of chunk) {
          if (open.isCopy) continue;
          if (left-- <= 0) return;
          yield {
            open,
            isOurs: reservation.has(open),
            close: (action, reason) =>
              reservation.close(open, copies?.get(copyKey(open)) ?? [], action, reason),
          };
          if (this.stopping.signal.aborted) return;
        }
      } finally {
        this.reservations.delete(reservation);
        await reservation.end();
      }
    }
  }

  private async sendAgain({
    letter,
  }: OpenLetter): Promise<{ result: 'sent' } | { result: 'kept'; error: Error }> {
    const { parts, settings } = this.options;
    const { record } = letter;
    const { transport } = parts;
    const outcome = await publishRecord({ transport, settings }, record);
    return outcome.status === 'sent'
      ? { result: 'sent' }
      : { result: 'kept', error: outcome.error };
  }

  private get store(): DeadLetterStore {
    const { deadLetters } = this.options.parts.transport;
    if (deadLetters) return deadLetters;
    const found = this.options.traits.transportName;
    throw invalid('transport', found, 'a transport that keeps dead letters');
  }
}

interface ReservedLetter {
  readonly open: OpenLetter;
  /** False: another process has it. */
  readonly isOurs: boolean;
  readonly close: (action: LetterClosing['action'], reason?: string) => Promise<void>;
}

/** Why the letter goes nowhere; undefined: nothing is wrong. */
function misplaced({ letter, isInPlace }: OpenLetter): UnusableRecordError | undefined {
  const { group, original, position } = letter;
  const at = { topic: position.topic, group };
  if (!original || group === '')
    return new UnusableRecordError(
      'the letter does not name the topic, position and group of its record (attributes __dlq.errors.*)',
      at,
    );
  if (isInPlace) return undefined;
  return new UnusableRecordError(
    `the letter says that its record came from topic ${outsideText(original.topic)}, but this application does not keep letters of that topic and group in this dead-letter topic. If that topic and group are yours, specify both in the query; otherwise discard the letter`,
    at,
  );
}

/** Letters of one topic that are reserved for us, until each is closed or all are given up. */
class Reservation {
  private readonly timer: NodeJS.Timeout;

  private constructor(
    private readonly store: DeadLetterStore,
    private readonly held: Map<string, RecordPosition>,
    private readonly who: { readonly owner: string; readonly by: string },
  ) {
    this.timer = setInterval(() => void this.prolong(), RESERVED_MS / 3).unref();
  }

  static async of(
    store: DeadLetterStore,
    letters: readonly OpenLetter[],
    who: { readonly owner: string; readonly by: string },
  ): Promise<Reservation> {
    const positions = letters.map(({ letter }) => letter.position);
    const topic = positions[0]!.topic;
    const ours = await store.claim(topic, positions, who.owner, RESERVED_MS);
    return new Reservation(
      store,
      new Map(ours.map((position) => [keyOf(position), position])),
      who,
    );
  }

  has({ letter }: OpenLetter): boolean {
    return this.held.has(keyOf(letter.position));
  }

  /**
   * Closes the letter and its copies in one call. Tries for a time where the broker does not answer: what was handled should
   * not stay open.
   */
  async close(
    { letter: { id, position } }: OpenLetter,
    copies: readonly RecordPosition[],
    action: LetterClosing['action'],
    reason?: string,
  ): Promise<void> {
    const { owner, by } = this.who;
    const { topic } = position;
    const shared = { letterId: id, by, at: systemNow() };
    const others = copies.filter((copy) => keyOf(copy) !== keyOf(position));
    const closings: LetterClosing[] = [
      ...others.map((copy) => ({ ...shared, position: copy, action: 'duplicate' as const })),
      { ...shared, position, action, ...(reason !== undefined && { reason }) },
    ];
    const work = async (): Promise<void> => {
      if (others.length > 0) await this.store.claim(topic, others, owner, RESERVED_MS);
      await this.store.close(topic, closings, owner);
    };
    await tryUntil(monotonicNow() + RESERVED_MS / 3, work, () => false);
    this.held.delete(keyOf(position));
  }

  /** Gives up what is not closed. Never rejects: what cannot be given up is free after its time. */
  async end(): Promise<void> {
    clearInterval(this.timer);
    const positions = [...this.held.values()];
    const [first] = positions;
    if (!first) return;
    this.held.clear();
    await this.store.release(first.topic, positions, this.who.owner).catch(() => undefined);
  }

  private async prolong(): Promise<void> {
    const positions = [...this.held.values()];
    const [first] = positions;
    if (!first) return;
    // Where that fails, another process may reserve them when their time is over.
    await this.store
      .claim(first.topic, positions, this.who.owner, RESERVED_MS)
      .catch(() => undefined);
  }
}

const keyOf = ({ partition, offset }: RecordPosition): string => `${partition}/${offset}`;

/** Letters in the order in which they come, each chunk of one topic. */
async function* chunksOf(
  letters: AsyncIterable<OpenLetter>,
  most: number,
): AsyncIterable<readonly OpenLetter[]> {
  let chunk: OpenLetter[] = [];
  for await (const open of letters) {
    const topic = chunk[0]?.letter.position.topic ?? open.letter.position.topic;
    if (chunk.length === most || topic !== open.letter.position.topic) {
      yield chunk;
      chunk = [];
    }
    chunk.push(open);
  }
  if (chunk.length > 0) yield chunk;
}

/** The conditions of a query of `list`; what is no object as it is. */
function withoutPaging(query: unknown): unknown {
  if (typeof query !== 'object' || query === null || Array.isArray(query)) return query;
  return { ...query, limit: undefined, after: undefined };
}
