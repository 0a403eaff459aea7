import { Injectable, type INestApplicationContext, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { OpenEdxEventContext } from '../../../lib/consuming/handlers/event-context.js';
import { DeadLetters, type RedrivenLetter } from '../../../lib/dead-letters/index.js';
import { OnOpenEdxEvent } from '../../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../../lib/event-bus.module.js';
import type { EventBusOptions } from '../../../lib/event-bus.options.js';
import {
  EventBusStatus,
  type EventBusStatusSnapshot,
} from '../../../lib/observability/event-bus-status.js';
import { EventBusProducer } from '../../../lib/producing/event-bus-producer.js';
import type { IdempotencyStore } from '../../../lib/transport/idempotency-store.interface.js';
import { memoryIdempotencyStore } from '../../../lib/transport/memory/index.js';
import { busOptions, COUNTED, KeptLog, rootModule } from './bus-application.js';

export const once = { attempts: 1, delayMs: 0 };

/** What handlers did, in order. */
export const effects: string[] = [];
type Before = (n: number, context: OpenEdxEventContext) => unknown;
let before: Before = () => undefined;

/** What the idempotent handler does before its effect, by the number of the event. */
export function beforeEffect(act: Before): void {
  before = act;
}

@Injectable()
export class Crm {
  @OnOpenEdxEvent(COUNTED, { id: 'crm.sync', idempotent: true })
  async sync({ n }: { n: number }, context: OpenEdxEventContext): Promise<void> {
    await before(n, context);
    effects.push(`crm ${n}`);
  }
}

@Injectable()
export class Mail {
  @OnOpenEdxEvent(COUNTED, { id: 'mail.send' })
  send({ n }: { n: number }): void {
    effects.push(`mail ${n}`);
  }
}

export interface Started {
  readonly app: INestApplicationContext;
  readonly producer: EventBusProducer;
  readonly letters: DeadLetters;
  readonly log: KeptLog;
  readonly snapshot: () => EventBusStatusSnapshot;
  readonly counts: () => EventBusStatusSnapshot['counts'];
}

const apps: INestApplicationContext[] = [];

/** Ends the applications of a test, and forgets what it did. */
export async function endApplications(): Promise<void> {
  await Promise.all(apps.splice(0).map((app) => app.close()));
  effects.length = 0;
  before = () => undefined;
}

export async function started(
  options: EventBusOptions = {},
  providers: Type<unknown>[] = [Crm],
): Promise<Started> {
  const log = new KeptLog();
  const idempotency = { store: memoryIdempotencyStore() };
  const bus = EventBusModule.forRoot(busOptions({ logger: log, idempotency, ...options }));
  const app = await NestFactory.createApplicationContext(rootModule({ providers }, bus), {
    logger: false,
    abortOnError: false,
  });
  apps.push(app);
  const status = app.get(EventBusStatus);
  return {
    ...{ app, log, letters: app.get(DeadLetters), producer: app.get(EventBusProducer) },
    snapshot: () => status.snapshot(),
    counts: () => status.snapshot().counts,
  };
}

/** A store whose methods a test replaces, and which of them were called. */
export function storeWith(
  replaced: (inner: IdempotencyStore) => Partial<IdempotencyStore> = () => ({}),
) {
  const inner = memoryIdempotencyStore();
  const others = replaced(inner);
  const calls: string[] = [];
  type Name = 'claim' | 'renew' | 'complete' | 'release' | 'forget';
  const called = (name: Name) => {
    const of = others[name] ? others : inner;
    return (...args: never[]) => {
      calls.push(name);
      return of[name]!(...(args as [never, never, never])) as Promise<never>;
    };
  };
  const store: IdempotencyStore = {
    ...others,
    claim: called('claim'),
    renew: called('renew'),
    complete: called('complete'),
    release: called('release'),
    forget: called('forget'),
  };
  return { store, calls, inner };
}

export async function all<T>(of: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of of) found.push(one);
  return found;
}

export const resultsOf = (redriven: readonly RedrivenLetter[]): string[] =>
  redriven.map(({ result }) => result);

export const idOf = (n: number): string => `00000000-0000-1000-8000-${String(n).padStart(12, '0')}`;

export function gate(): { readonly open: () => void; readonly passed: Promise<void> } {
  let open!: () => void;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { open, passed };
}
