import { Injectable, type INestApplicationContext, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  EventBusModule,
  EventBusProducer,
  EventBusStatus,
  OnOpenEdxEvent,
  type EventBusOptions,
  type EventMetadata,
  type OpenEdxEventContext,
} from 'nestjs-openedx-event-bus';
import { type EventBusLogger } from 'nestjs-openedx-event-bus/transport';
import { redisTransport } from 'nestjs-openedx-event-bus/redis';
import { sharedRedisUrl } from '../services/shared-services.js';

/** What a handler got. */
export interface Received {
  readonly type: string;
  readonly metadata: EventMetadata;
  readonly data: any;
  /** Full topic. */
  readonly stream: string;
  readonly warnings: readonly string[];
}

export interface InboxOptions {
  /** Without prefix. undefined: the application only sends. */
  readonly topic?: string;
  readonly group?: string;
  readonly bus?: Partial<EventBusOptions>;
  /** Awaited by the handler, once it has kept the event. */
  readonly take?: () => unknown;
}

/** A Nest application, on the shared Redis unless `bus` names a transport, that keeps every event of one topic. */
export interface InboxApp {
  readonly received: readonly Received[];
  readonly producer: EventBusProducer;
  readonly status: EventBusStatus;
  /** Warnings and errors of the bus. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

export async function startInboxApp(options: InboxOptions): Promise<InboxApp> {
  const received: Received[] = [];
  const complaints: string[] = [];
  const app: INestApplicationContext = await Test.createTestingModule({
    imports: [
      EventBusModule.forRoot({
        transport: options.bus?.transport ?? redisTransport({ url: sharedRedisUrl() }),
        serviceName: 'interop',
        logger: keeping(complaints),
        ...(options.group === undefined ? {} : { group: options.group }),
        ...options.bus,
      }),
    ],
    providers: options.topic === undefined ? [] : [inbox(options.topic, received, options.take)],
  }).compile();
  await app.init();
  return {
    received,
    complaints,
    producer: app.get(EventBusProducer, { strict: false }),
    status: app.get(EventBusStatus, { strict: false }),
    close: () => app.close(),
  };
}

function inbox(
  topic: string,
  received: Received[],
  taken: () => unknown = () => undefined,
): Type<unknown> {
  @Injectable()
  class Inbox {
    @OnOpenEdxEvent('*', { topic })
    take(data: unknown, { type, metadata, position, warnings }: OpenEdxEventContext): unknown {
      received.push({ type, metadata, data, stream: position.topic, warnings });
      return taken();
    }
  }
  return Inbox;
}

function keeping(complaints: string[]): EventBusLogger {
  return {
    log: () => undefined,
    debug: () => undefined,
    warn: (message) => {
      // Says something about the machine, which other tests keep busy, and nothing about the events.
      if (!message.startsWith('The event loop was blocked')) complaints.push(message);
    },
    error: (message) => complaints.push(message),
  };
}
