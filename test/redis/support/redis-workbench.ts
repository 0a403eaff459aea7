import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import * as ioredis6 from 'ioredis';
import * as ioredis5 from 'ioredis-5';
import { type Reaction, RecordingSink } from '../../../lib/testing/conformance/recording-sink.js';
import { type RedisTransportOptions, redisTransport } from '../../../lib/transport/redis/index.js';
import type {
  EventTransport,
  OutgoingRecord,
  Subscription,
  SubscriptionHandle,
  TransportStatus,
} from '../../../lib/transport/transport.interface.js';
import { type RedisOptions, startRedis } from '../../services/redis.js';
import { waitUntil } from '../../support/wait-until.js';

export const CLIENTS = [
  ['5', ioredis5],
  ['6', ioredis6],
] as const;

export const soon = (ms = 5_000): number => Date.now() + ms;

export const eventually = (
  holds: () => boolean | Promise<boolean>,
  what: string,
  ms = 10_000,
): Promise<void> => waitUntil(holds, ms, { what, everyMs: 5 });

export function record(topic: string, n: number | string): OutgoingRecord {
  const body = Buffer.from(String(n));
  return { topic, key: null, attributes: [['event_data', body]], value: body };
}

export const bodies = (sink: RecordingSink): string[] =>
  sink.deliveries.map(({ record: { value: body } }) => Buffer.from(body!).toString());

/** Transports of one test, a bare client beside them, and the end of them all. */
export class RedisWorkbench {
  readonly topic = `topic-${randomUUID()}`;
  readonly group = `group-${randomUUID()}`;
  readonly logged: string[] = [];
  private readonly made: EventTransport[] = [];
  private client: Redis | undefined;

  constructor(readonly url = process.env.TEST_REDIS_URL!) {}

  /** A bare client of the same Redis. */
  get redis(): Redis {
    return (this.client ??= new Redis(this.url, { maxRetriesPerRequest: null }).on(
      'error',
      () => {},
    ));
  }

  async transport(options: RedisTransportOptions = {}): Promise<EventTransport> {
    const log = (line: string): void => void this.logged.push(line);
    const logger = { log, warn: log, error: log, debug: log };
    const make = redisTransport({ url: this.url, ...options });
    const { transport } = await make({ bus: 'test', setting: () => undefined, logger });
    this.made.push(transport);
    return transport;
  }

  async read(
    transport: EventTransport,
    options: Partial<Subscription> & { react?: Reaction; once?: 'joined' | 'subscribed' } = {},
  ): Promise<{ sink: RecordingSink; handle: SubscriptionHandle }> {
    const { react, once = 'joined', ...wanted } = options;
    const sink = new RecordingSink(react);
    const { topic, group } = this;
    const subscription = { topics: [topic], group, start: 'earliest', maxInFlight: 100, ...wanted };
    const handle = await transport.subscribe(subscription as Subscription, sink);
    if (once === 'joined') await handle.joined;
    return { sink, handle };
  }

  async publish(transport: EventTransport, ...values: (number | string)[]): Promise<void> {
    const records = values.map((n) => record(this.topic, n));
    for (const outcome of await transport.publish(records, soon()))
      if (outcome.status !== 'sent') throw outcome.error;
  }

  /** How many entries are pending in the group. */
  async pending(): Promise<number> {
    return Number((await this.redis.xpending(this.topic, this.group))[0]);
  }

  /** Milliseconds since a member of the group last asked for something; undefined: the group does not know it. */
  async idleTime(member: string): Promise<number | undefined> {
    const found = (await this.redis.xinfo('CONSUMERS', this.topic, this.group)) as unknown[][];
    const fields = found.find(([, name]) => name === member);
    return fields && Number(fields[fields.indexOf('idle') + 1]);
  }

  states(transport: EventTransport): TransportStatus[] {
    const states: TransportStatus[] = [];
    transport.status$.subscribe((status) => states.push(status));
    return states;
  }

  async end(): Promise<void> {
    await Promise.all(this.made.map((transport) => transport.close(soon(2_000))));
    this.client?.disconnect();
  }
}

/** A Redis of its own for what counts or lists the commands of the whole server. */
export async function onRedisOfItsOwn(
  work: (bench: RedisWorkbench) => Promise<void>,
  options: RedisOptions = {},
): Promise<void> {
  const server = await startRedis(options);
  const bench = new RedisWorkbench(server.url);
  try {
    await work(bench);
  } finally {
    await bench.end();
    await server.stop();
  }
}
