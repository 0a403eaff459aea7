import { type INestApplicationContext, Injectable, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import * as kafkajs from 'kafkajs';
import type { OpenEdxEventContext } from '../../../lib/consuming/handlers/event-context.js';
import { OnOpenEdxEvent } from '../../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../../lib/event-bus.module.js';
import type { EventBusOptions } from '../../../lib/event-bus.options.js';
import { defineEvent } from '../../../lib/events/event-definition.js';
import { long, string } from '../../../lib/events/fields.js';
import { EventBusStatus } from '../../../lib/observability/event-bus-status.js';
import { EventBusProducer } from '../../../lib/producing/event-bus-producer.js';
import { kafkaTransport, type KafkaTransportOptions } from '../../../lib/transport/kafka/index.js';
import { KeptLog, rootModule } from '../../nest/support/bus-application.js';
import { until } from '../../services/until.js';
import { sharedKafka, sharedRegistryUrl } from '../../services/shared-kafka.js';

/** An event of the tests: a number and the key of its order. */
export const KEYED = defineEvent({
  type: 'org.example.tests.keyed.v1',
  data: { n: long(), key: string() },
});

export type Keyed = { n: number; key: string };

export interface AppOptions {
  readonly topic: string;
  readonly group: string;
  /** Called for each attempt once it was noted. */
  readonly handle?: (data: Keyed, context: OpenEdxEventContext) => unknown;
  /** Instead of the one handler of KEYED. */
  readonly providers?: readonly Type<object>[];
  readonly bus?: Partial<EventBusOptions>;
  readonly transport?: KafkaTransportOptions;
  /** `started`: the group may let it in later. Default: once it has. */
  readonly once?: 'started' | 'joined';
}

/** One call of a handler. */
export interface Attempt extends Keyed {
  readonly id: string;
  readonly attempt: number;
  readonly partition: string;
  readonly offset: string;
}

/** A Nest application on Kafka, with a handler that notes what it gets. */
export interface KafkaApp {
  readonly app: INestApplicationContext;
  readonly attempts: readonly Attempt[];
  /** Numbers of the events whose handler came to its end without throwing. */
  readonly handled: readonly number[];
  readonly status: EventBusStatus;
  readonly log: KeptLog;
  close(): Promise<void>;
}

/** The applications of one test file, on the shared Kafka and registry unless told. */
export class KafkaApps {
  private readonly running = new Set<KafkaApp>();
  private sender: Promise<INestApplicationContext> | undefined;

  constructor(
    private readonly brokers: readonly string[] = sharedKafka().bootstrap.plaintext.split(','),
    /** Of the application that only sends. */
    private readonly sending: KafkaTransportOptions = {},
  ) {}

  /** Resolves when it consumes; rejects as the start of the application does. */
  async start(options: AppOptions): Promise<KafkaApp> {
    const attempts: Attempt[] = [];
    const handled: number[] = [];
    const log = new KeptLog();
    const providers = options.providers ?? [noting(options, attempts, handled)];
    const bus = { group: options.group, logger: log, ...options.bus };
    const app = await this.create([...providers], bus, options.transport);
    const made: KafkaApp = {
      ...{ app, attempts, handled, log },
      status: app.get(EventBusStatus, { strict: false }),
      close: async () => {
        this.running.delete(made);
        await app.close();
      },
    };
    this.running.add(made);
    const isIn = (): boolean => made.status.snapshot().state !== 'joining';
    if (options.once !== 'started') await until('the group to let it in', isIn, 120_000);
    return made;
  }

  /** Sends events with these numbers, one after the other for each key; resolves when all are stored. */
  async send(
    topic: string,
    numbers: readonly number[],
    keyOf: (n: number) => string = () => 'key',
  ): Promise<void> {
    const producer = await this.producer();
    await Promise.all(
      numbers.map((n) =>
        producer.send(
          KEYED,
          { n, key: keyOf(n) },
          { topic, keyField: 'key', metadata: { id: idOf(n) }, timeout: 60_000 },
        ),
      ),
    );
  }

  /** Of an application that only sends. */
  async producer(): Promise<EventBusProducer> {
    this.sender ??= this.create([], { logger: new KeptLog() }, this.sending);
    return (await this.sender).get(EventBusProducer, { strict: false });
  }

  /** Closes every application. */
  async close(): Promise<void> {
    const sender = await this.sender;
    await Promise.all([...[...this.running].map((app) => app.close()), sender?.close()]);
  }

  private async create(
    providers: Type<object>[],
    bus: Partial<EventBusOptions>,
    transport?: KafkaTransportOptions,
  ): Promise<INestApplicationContext> {
    const imports = EventBusModule.forRoot({
      transport: kafkaTransport({
        brokers: this.brokers,
        sessionTimeout: 6,
        schemaRegistry: { url: sharedRegistryUrl() },
        client: kafkajs,
        ...transport,
      }),
      events: [KEYED],
      auditLogging: false,
      retry: { delayMs: 10 },
      ...bus,
    });
    const module = rootModule({ providers }, imports);
    return NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
  }
}

/** `1` to `count`. */
export function upTo(count: number, from = 1): number[] {
  return Array.from({ length: count - from + 1 }, (_, i) => from + i);
}

/** The metadata id of the event with this number. */
export function idOf(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

function noting({ topic, handle }: AppOptions, attempts: Attempt[], handled: number[]) {
  @Injectable()
  class Noting {
    @OnOpenEdxEvent(KEYED, { topic })
    async take(data: Keyed, context: OpenEdxEventContext): Promise<void> {
      const { attempt, metadata, position } = context;
      const { partition, offset } = position;
      attempts.push({ ...data, id: metadata.id, attempt, partition, offset });
      await handle?.(data, context);
      handled.push(data.n);
    }
  }
  return Noting;
}
