import { BoundedMap } from '../../../common/bounded-map.js';
import { timerMs } from '../../../common/waiting.js';
import { monotonicNow } from '../../../common/clocks.js';
import { clearTimeout, setTimeout } from 'node:timers';
import { ServiceUnavailableError } from '../../../errors/index.js';
import type { Patience } from './registry-http.js';

interface Flight<Value> {
  readonly patience: Patience;
  readonly answer: Promise<Value>;
}

interface Remembered {
  readonly error: unknown;
  /** By `monotonicNow`. */
  readonly until: number;
}

const MOST_REMEMBERED = 1_000;
const MOST_ANSWERS = 1_000;
const MOST_CHARACTERS = 32_000_000;

/**
 * Answers, each asked for once at a time however many wait for it. The last 1,000 are kept, or as many as
 * have 32 million characters with their keys. A failure that is worth remembering is given again, unasked,
 * until its time is over.
 */
export class SingleFlight<Key, Value> {
  private readonly answers = new BoundedMap<Key, Value>({
    entries: MOST_ANSWERS,
    weight: MOST_CHARACTERS,
    weigh: (key, value) => charactersOf(key) + charactersOf(value),
  });
  private readonly flights = new Map<Key, Flight<Value>>();
  private readonly failures = new BoundedMap<Key, Remembered>({ entries: MOST_REMEMBERED });

  /** `rememberMs`: for how long an error is given again; 0 for not at all. */
  constructor(private readonly rememberMs: (error: unknown) => number) {}

  /** From now on this is the answer. */
  learn(key: Key, value: Value): void {
    this.answers.set(key, value);
  }

  /** The next who asks causes a question. */
  forget(key: Key): void {
    this.answers.delete(key);
  }

  /** The answer, where it is known. */
  known(key: Key): Value | undefined {
    return this.answers.get(key);
  }

  /**
   * The answer of `work`, which waits as long as the most patient of all who ask; each of them gets a
   * ServiceUnavailableError at its own deadline (by `monotonicNow`).
   */
  async ask(
    key: Key,
    deadline: number,
    work: (patience: Patience) => Promise<Value>,
  ): Promise<Value> {
    const failure = this.failures.get(key);
    if (failure !== undefined && failure.until > monotonicNow()) throw failure.error;
    this.failures.delete(key);
    const flight = this.flights.get(key) ?? this.start(key, deadline, work);
    flight.patience.deadline = Math.max(flight.patience.deadline, deadline);
    return answerBy(deadline, flight);
  }

  private start(
    key: Key,
    deadline: number,
    work: (patience: Patience) => Promise<Value>,
  ): Flight<Value> {
    const patience: Patience = { deadline };
    const answer = work(patience).then(
      (value) => {
        this.flights.delete(key);
        this.answers.set(key, value);
        return value;
      },
      (error: unknown) => {
        this.flights.delete(key);
        this.remember(key, error);
        throw error;
      },
    );
    const flight = { patience, answer };
    this.flights.set(key, flight);
    return flight;
  }

  private remember(key: Key, error: unknown): void {
    const ms = this.rememberMs(error);
    if (ms <= 0) return;
    this.failures.set(key, { error, until: monotonicNow() + ms });
  }
}

function charactersOf(part: unknown): number {
  const text = (part as { readonly text?: unknown }).text ?? part;
  return typeof text === 'string' ? text.length : 0;
}

function answerBy<Value>(deadline: number, { patience, answer }: Flight<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const ms = timerMs(deadline - monotonicNow());
    const timer = setTimeout(() => {
      const { lastFault } = patience;
      const reason = `no answer within ${Math.round(ms)} ms`;
      reject(lastFault ?? new ServiceUnavailableError('Schema registry', reason));
    }, ms);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Work that must not overlap with other work of the same name. */
export class KeyedMutex {
  private readonly last = new Map<string, Promise<unknown>>();

  /** The outcome of `work`, which begins when all that came before it under the name has ended. */
  next<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.last.get(name);
    const mine = before === undefined ? work() : before.then(work, work);
    this.last.set(name, mine);
    const leave = (): void => {
      if (this.last.get(name) === mine) this.last.delete(name);
    };
    mine.then(leave, leave);
    return mine;
  }
}
