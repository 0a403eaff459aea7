import { ArrivalList } from '../../common/arrival-list.js';
import { monotonicNow, systemNow } from '../../common/clocks.js';
import { codeOf } from '../../errors/error-code.js';
import { messageOf } from '../../errors/foreign-error.js';
import { outsideText } from '../../errors/outside-text.js';
import type { EventBusSettings } from '../../settings/event-bus-settings.js';
import type { Delivery, EventTransport } from '../../transport/transport.interface.js';
import type { EventBusLogger } from '../../transport/wire-format.interface.js';
import type { DeadLetters, RedrivenLetter } from '../dead-letters/dead-letters.js';
import { checkClosingQuery } from '../dead-letters/letter-arguments.js';
import { publishRecord } from '../publish-record.js';
import type { Worker } from '../subscribing/group-subscription.js';
import {
  messageRecord,
  redriveMessage,
  type RedriveAnswer,
  type RedriveRequest,
  type ToldError,
  type ToldLetter,
} from './redrive-messages.js';

/** A request that is older was made while no member was there: whoever made it was told so. */
const GOOD_FOR_MS = 60_000;
const ANSWER_EACH_MS = 500;
const ALIVE_EACH_MS = 3_000;
const MOST_RESULTS = 100;
/** So many answers are there for whoever asked, before they are acknowledged and may be deleted. */
const MOST_ANSWERS = 50;

export interface RedriveWorkerParts {
  readonly settings: Pick<EventBusSettings, 'topicPrefix' | 'sendTimeoutMs' | 'maxInFlight'>;
  readonly transport: EventTransport;
  readonly logger: EventBusLogger;
  readonly letters: Pick<DeadLetters, 'redrive'>;
}

/** Redrives letters of a group for processes that have no handlers, such as the command. */
export class RedriveWorker implements Worker {
  readonly inHand = new ArrivalList<Delivery>();
  private readonly running = new Map<string, Redrive>();

  constructor(
    private readonly parts: RedriveWorkerParts,
    private readonly group: string,
  ) {}

  /** A redrive goes on after its request was acknowledged: what it does not finish stays open, and who asked hears of it. */
  async take(batch: readonly Delivery[]): Promise<void> {
    for (const delivery of batch) {
      const message = redriveMessage(delivery.record);
      if (message?.kind === 'stop') this.running.get(message.id)?.stop();
      if (message?.kind === 'request' && (await this.isFresh(delivery))) this.begin(message);
      if (message?.kind === 'alive' || message?.kind === 'end') this.inHand.add(delivery);
      else delivery.settle();
    }
    this.settleTo(Math.min(MOST_ANSWERS, Math.floor(this.parts.settings.maxInFlight / 2)));
  }

  keepAlive(): void {
    for (const delivery of this.inHand) delivery.keepAlive();
  }

  watch(): void {
    // No handler runs here.
  }

  idle(): readonly never[] {
    return [];
  }

  /** What runs ends with `DeadLetters` of the bus. */
  close(): Promise<void> {
    for (const delivery of [...this.inHand]) {
      delivery.release();
      this.inHand.delete(delivery);
    }
    return Promise.resolve();
  }

  private settleTo(most: number): void {
    for (const delivery of [...this.inHand].slice(0, Math.max(0, this.inHand.size - most))) {
      delivery.settle();
      this.inHand.delete(delivery);
    }
  }

  private async isFresh({ record: { brokerTime } }: Delivery): Promise<boolean> {
    try {
      const now = (await this.parts.transport.laterRetries?.now()) ?? systemNow();
      return brokerTime === undefined || now - brokerTime < GOOD_FOR_MS;
    } catch {
      // Whoever asked gets no answer, and asks again.
      return false;
    }
  }

  private begin(request: RedriveRequest): void {
    if (this.running.has(request.id)) return;
    const redrive = new Redrive(this.parts, this.group, request);
    this.running.set(request.id, redrive);
    void redrive.run().finally(() => this.running.delete(request.id));
  }
}

/** One redrive that somebody asked for. */
class Redrive {
  private results: ToldLetter[] = [];
  private toldAt = -Infinity;
  private telling: Promise<void> = Promise.resolve();
  private isStopped = false;

  constructor(
    private readonly parts: RedriveWorkerParts,
    private readonly group: string,
    private readonly request: RedriveRequest,
  ) {}

  stop(): void {
    this.isStopped = true;
  }

  /** Never rejects. */
  async run(): Promise<void> {
    const { letters, logger } = this.parts;
    const { id, query, options } = this.request;
    const { by = 'unknown' } = options;
    logger.log(
      `Group ${this.group} redrives dead letters, as asked for by ${outsideText(String(by))} (request ${outsideText(id)})`,
      { group: this.group },
    );
    const alive = setInterval(() => this.tell('alive'), ALIVE_EACH_MS);
    this.tell('alive');
    let error: ToldError | undefined;
    try {
      const { again, rate, limit } = options;
      checkClosingQuery({ ...query, ...times(query), group: undefined });
      const asked = { ...query, ...times(query), group: this.group };
      for await (const one of letters.redrive(asked, { again, rate, limit, by })) {
        this.results.push(told(one));
        if (this.isStopped) break;
        const isLate = monotonicNow() - this.toldAt >= ANSWER_EACH_MS;
        if (isLate || this.results.length >= MOST_RESULTS) this.tell('alive');
      }
    } catch (thrown) {
      error = toldError(thrown);
    } finally {
      clearInterval(alive);
    }
    this.tell('end', error);
    await this.telling;
  }

  private tell(kind: RedriveAnswer['kind'], error?: ToldError): void {
    const { results, group, request } = this;
    const { settings, transport, logger } = this.parts;
    this.results = [];
    this.toldAt = monotonicNow();
    const answer: RedriveAnswer = { kind, id: request.id, results, ...(error && { error }) };
    const record = messageRecord(answer, { group, topicPrefix: settings.topicPrefix });
    this.telling = this.telling.then(async () => {
      const outcome = await publishRecord({ transport, settings }, record);
      if (outcome.status !== 'sent')
        logger.warn(
          `Group ${group} could not report on a redrive (request ${outsideText(request.id)}); the redrive continues: ${messageOf(outcome.error)}`,
          { group, topic: record.topic, code: codeOf(outcome.error) },
        );
    });
  }
}

function told({ letter, result, error }: RedrivenLetter): ToldLetter {
  const { id, topic, group, position, type, metadata } = letter;
  return {
    letter: {
      ...{ id, topic, group, position },
      ...(type !== undefined && { type }),
      ...(metadata && { metadata: { id: metadata.id } }),
    },
    result,
    ...(error && { error: toldError(error) }),
  };
}

function toldError(error: unknown): ToldError {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return { code: typeof code === 'string' ? code : 'UNKNOWN', message: messageOf(error) };
}

/** JSON has no dates. */
function times({ since, until }: RedriveRequest['query']): RedriveRequest['query'] {
  return {
    ...(since !== undefined && { since: new Date(since) }),
    ...(until !== undefined && { until: new Date(until) }),
  };
}
