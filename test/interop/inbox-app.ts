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
  type TransportLogger,
} from 'nestjs-openedx-event-bus';
import { redisTransport } from 'nestjs-openedx-event-bus/redis';
import { sharedRedisUrl } from '../services/shared-services.js';

/** What a handler got. */
export interface Received {
  readonly type: string;
  readonly metadata: EventMetadata;
  readonly data: any;
  readonly offset: string;
  readonly warnings: readonly string[];
}

export interface InboxOptions {
  /** Without prefix. undefined: the application only sends. */
  readonly topic?: string;
  readonly group?: string;
  readonly bus?: Partial<EventBusOptions>;
  /** Called before an event is put into `received`; what it throws, the handler throws. */
  readonly onEvent?: (event: Received) => void;
}

/** A Nest application on the shared Redis that keeps every event of one topic. */
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
        transport: redisTransport({ url: sharedRedisUrl() }),
        serviceName: 'interop',
        logger: keeping(complaints),
        ...(options.group === undefined ? {} : { group: options.group }),
        ...options.bus,
      }),
    ],
    providers: options.topic === undefined ? [] : [inbox(options.topic, received, options.onEvent)],
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
  onEvent: InboxOptions['onEvent'],
): Type<unknown> {
  @Injectable()
  class Inbox {
    @OnOpenEdxEvent('*', { topic })
    take(data: unknown, { type, metadata, position, warnings }: OpenEdxEventContext): void {
      const event = { type, metadata, data, offset: position.offset, warnings };
      onEvent?.(event);
      received.push(event);
    }
  }
  return Inbox;
}

function keeping(complaints: string[]): TransportLogger {
  return {
    log: () => undefined,
    debug: () => undefined,
    warn: (message) => complaints.push(message),
    error: (message) => complaints.push(message),
  };
}
