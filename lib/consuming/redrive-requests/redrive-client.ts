import { randomUUID } from 'node:crypto';
import { monotonicNow } from '../../common/clocks.js';
import { pauseFor } from '../../common/waiting.js';
import { EventBusError, ServiceUnavailableError } from '../../errors/index.js';
import type { EventBusErrorCode } from '../../errors/event-bus.error.js';
import type { EventBusSettings } from '../../settings/event-bus-settings.js';
import { fullTopic } from '../../transport/topic-prefix.js';
import type { DeliverySink, EventTransport } from '../../transport/transport.interface.js';
import { publishRecord } from '../publish-record.js';
import type { DeadLetterQuery, RedrivenLetter } from '../dead-letters/dead-letters.js';
import {
  messageRecord,
  type RedriveAnswer,
  redriveMessage,
  type RedriveMessage,
  type RedriveRequest,
  redriveTopic,
  type ToldError,
  type ToldLetter,
} from './redrive-messages.js';

/** A member that is at work answers more often than this. */
const SILENT_MS = 20_000;
const FIRST_MS = 10_000;
const STOP_MS = 5_000;

export interface RedriveClientParts {
  readonly transport: EventTransport;
  readonly settings: Pick<EventBusSettings, 'topicPrefix' | 'sendTimeoutMs'>;
}

/** As `RedrivenLetter`; of the letter what a member of the group tells. */
export type AnsweredLetter = Omit<RedrivenLetter, 'letter'> & Pick<ToldLetter, 'letter'>;

/**
 * Asks a running process of the group to redrive letters to its handlers, and says of each what became of it. Rejects with
 * ServiceUnavailableError where no process takes the request, or the one that took it says nothing more: letters that it has
 * not redriven are open. The redrive ends after the letter at hand when the signal fires, and when whoever asks stops asking.
 */
export async function* redriveByMember(
  { transport, settings }: RedriveClientParts,
  query: DeadLetterQuery & { readonly group: string },
  options: RedriveRequest['options'],
  signal?: AbortSignal,
): AsyncGenerator<AnsweredLetter, void> {
  const { group } = query;
  const { topicPrefix } = settings;
  const topic = redriveTopic(topicPrefix, group);
  const send = async (message: RedriveMessage): Promise<void> => {
    const record = messageRecord(message, { group, topicPrefix });
    const outcome = await publishRecord({ transport, settings }, record);
    if (outcome.status !== 'sent') throw outcome.error;
  };
  const id = randomUUID();
  const answers = new Answers(id);
  const stop = (): void => void send({ kind: 'stop', id }).catch(() => undefined);
  const nobody = (cause?: unknown): ServiceUnavailableError =>
    new ServiceUnavailableError(
      `Group ${group}`,
      `no running process of the group took the request within ${FIRST_MS / 1_000} s. Only a process with a handler that has onFailure: 'deadLetter' takes it: start one, or redrive to the topic (--to topic)`,
      { group, cause },
    );
  const handle = await transport
    .subscribe(
      {
        ...{ topics: [fullTopic(topicPrefix, topic)], group: null, start: 'latest' },
        maxInFlight: 100,
      },
      answers,
    )
    .catch((error: unknown) => {
      // The topic is made by the first process that takes requests.
      throw nobody(error);
    });
  let isOver = false;
  let isTaken = false;
  try {
    await send({ kind: 'request', id, query, options });
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
    for (;;) {
      const answer = await answers.next(isTaken ? SILENT_MS : FIRST_MS);
      if (!answer && !isTaken) throw nobody();
      isTaken = true;
      if (!answer)
        throw new ServiceUnavailableError(
          `Group ${group}`,
          `no process of the group has answered for ${SILENT_MS / 1_000} s. Letters that were not redriven are open`,
          { group },
        );
      for (const { letter, result, error } of answer.results.filter(isTold))
        yield { letter, result, ...(error && { error: errorOf(error) }) };
      if (answer.kind !== 'end') continue;
      isOver = true;
      if (answer.error) throw errorOf(answer.error);
      return;
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    if (!isOver) await send({ kind: 'stop', id }).catch(() => undefined);
    await handle.stop(monotonicNow() + STOP_MS);
  }
}

const RESULTS: readonly unknown[] = ['handled', 'skipped', 'failedAgain', 'kept', 'reserved'];

function isTold({ letter, result }: ToldLetter): boolean {
  return RESULTS.includes(result) && typeof letter?.id === 'string' && !!letter.position;
}

function errorOf({ code, message }: ToldError): Error {
  return new EventBusError(code as EventBusErrorCode, message);
}

/** What members say about one request, in order. */
class Answers implements DeliverySink {
  private readonly waiting: RedriveAnswer[] = [];
  private came = new AbortController();

  constructor(private readonly id: string) {}

  /** Undefined where none comes in time. */
  async next(ms: number): Promise<RedriveAnswer | undefined> {
    if (this.waiting.length === 0) {
      this.came = new AbortController();
      await pauseFor(ms, this.came.signal);
    }
    return this.waiting.shift();
  }

  deliver(batch: Parameters<DeliverySink['deliver']>[0]): void {
    for (const delivery of batch) {
      const message = redriveMessage(delivery.record);
      if (message?.id === this.id && (message.kind === 'alive' || message.kind === 'end'))
        this.waiting.push(message);
      delivery.settle();
    }
    if (this.waiting.length > 0) this.came.abort();
  }

  revoke(): Promise<void> {
    return Promise.resolve();
  }

  notice(): void {
    // Of no interest here.
  }

  end(): void {
    this.came.abort();
  }
}
