import {
  type CanActivate,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  Scope,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { context, trace } from '@opentelemetry/api';
import { Observable, of } from 'rxjs';
import { DeadLetters } from '../../lib/dead-letters/index.js';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import type { EventBusOptions } from '../../lib/event-bus.options.js';
import { defineEvent } from '../../lib/events/event-definition.js';
import { string } from '../../lib/events/fields.js';
import { openTelemetry } from '../../lib/opentelemetry/index.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { MemoryBroker, memoryTransport } from '../../lib/transport/memory/index.js';
import { TraceRecorder } from '../support/traces.js';
import { waitUntil } from '../support/wait-until.js';
import { busOptions, COUNTED, rootModule } from './support/bus-application.js';
import { start } from './support/starting.js';

const SECRET = 's3cret-of-a-learner';
const REPLIED = defineEvent({ type: 'org.example.tests.replied.v1', data: { to: string() } });

const traces = new TraceRecorder();
beforeEach(() => traces.reset());
afterAll(() => traces.end());

/** Names of the active spans, where they were looked for. */
const active: string[] = [];
beforeEach(() => void (active.length = 0));
function seeActive(where: string): void {
  const span = trace.getActiveSpan() as unknown as { readonly name: string } | undefined;
  active.push(`${where}: ${span?.name}`);
}

async function inApplication(
  providers: (new (...args: never[]) => object)[],
  run: (parts: {
    producer: EventBusProducer;
    letters: DeadLetters;
    broker: MemoryBroker;
  }) => Promise<unknown>,
  options: EventBusOptions = {},
): Promise<void> {
  const broker = new MemoryBroker();
  const bus = EventBusModule.forRoot(
    busOptions({
      transport: memoryTransport({ broker }),
      events: [COUNTED, REPLIED],
      producerConfig: {
        [COUNTED.type]: { counted: { event_key_field: 'n', enabled: true } },
        [REPLIED.type]: { replies: { event_key_field: 'to', enabled: true } },
      },
      telemetry: openTelemetry({ tracerProvider: traces.provider }),
      topicPrefix: 'dev',
      ...options,
    }),
  );
  const app = await start(rootModule({ providers }, bus));
  try {
    await run({ producer: app.get(EventBusProducer), letters: app.get(DeadLetters), broker });
  } finally {
    await app.close();
  }
}

const inSpan = <T>(name: string, run: () => Promise<T>): Promise<T> =>
  traces.tracer.startActiveSpan(name, (span) => run().finally(() => span.end()));

it('an event whose handler sends another one is one trace', async () => {
  @Injectable()
  class Replying {
    constructor(private readonly events: EventBusProducer) {}
    @OnOpenEdxEvent<any>(COUNTED, { topic: 'counted', id: 'replying' })
    async reply(): Promise<void> {
      await inSpan('SELECT learners', () => this.events.send(REPLIED, { to: SECRET }));
    }
    @OnOpenEdxEvent<any>(REPLIED, { topic: 'replies', id: 'reading' })
    read(): void {}
  }
  await inApplication([Replying], async ({ producer }) => {
    await inSpan('POST /', () => producer.send(COUNTED, { n: 1 }));
    await waitUntil(() => traces.named('process dev-replies').length === 1);
    const spans = traces.spans.filter(({ name }) => !name.startsWith('receive'));
    expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1);
    const id = expect.stringMatching(/^[0-9a-f-]{36}$/);
    const shared = (operation: string, topic: string, type: string) => ({
      'messaging.system.name': 'memory',
      'messaging.system': 'memory',
      'messaging.operation.name': operation,
      'messaging.operation.type': operation,
      'messaging.destination.name': topic,
      'messaging.destination.partition.id': expect.stringMatching(/^\d$/),
      'messaging.message.id': id,
      'cloudevents.event_type': type,
      'openedx.event_bus.name': 'default',
    });
    const process = (handler: string) => ({
      'messaging.consumer.group.name': 'tests',
      'openedx.event_bus.handler': handler,
      'openedx.event_bus.attempt': 1,
    });
    const ok = { links: [], failed: false };
    const names = spans.map(({ name }) => name);
    const tree = traces.tree(...names);
    expect(tree).toEqual([
      { name: 'POST /', kind: 'INTERNAL', parent: undefined, attributes: {}, ...ok },
      {
        ...{ name: 'send dev-counted', kind: 'PRODUCER', parent: 'POST /', ...ok },
        attributes: shared('send', 'dev-counted', COUNTED.type),
      },
      {
        ...{ name: 'process dev-counted', kind: 'CONSUMER', parent: 'send dev-counted', ...ok },
        attributes: {
          ...shared('process', 'dev-counted', COUNTED.type),
          ...process('replying'),
        },
      },
      {
        ...{ name: 'SELECT learners', kind: 'INTERNAL', parent: 'process dev-counted', ...ok },
        attributes: {},
      },
      {
        ...{ name: 'send dev-replies', kind: 'PRODUCER', parent: 'SELECT learners', ...ok },
        attributes: shared('send', 'dev-replies', REPLIED.type),
      },
      {
        ...{ name: 'process dev-replies', kind: 'CONSUMER', parent: 'send dev-replies', ...ok },
        attributes: { ...shared('process', 'dev-replies', REPLIED.type), ...process('reading') },
      },
    ]);
    expect(traces.tree('receive dev-counted', 'receive dev-replies')).toEqual(
      ['counted', 'replies'].map((topic) => ({
        ...{ name: `receive dev-${topic}`, kind: 'CLIENT', parent: undefined, failed: false },
        links: [`send dev-${topic}`],
        attributes: {
          'messaging.system.name': 'memory',
          'messaging.system': 'memory',
          'messaging.operation.name': 'receive',
          'messaging.operation.type': 'receive',
          'messaging.destination.name': `dev-${topic}`,
          'messaging.consumer.group.name': 'tests',
          'messaging.batch.message_count': 1,
          'openedx.event_bus.name': 'default',
        },
      })),
    );
    const everything = traces.spans.map(({ attributes, name, events }) => [
      name,
      attributes,
      events,
    ]);
    expect(JSON.stringify(everything)).not.toContain(SECRET);
  });
});

it('the span of a handler is the active one in its guards, interceptors and pipes, in each scope', async () => {
  @Injectable()
  class Guard implements CanActivate {
    async canActivate(): Promise<boolean> {
      await Promise.resolve();
      seeActive('guard');
      return true;
    }
  }
  @Injectable()
  class Interceptor implements NestInterceptor {
    intercept(_: ExecutionContext, next: CallHandler) {
      seeActive('interceptor');
      return next.handle();
    }
  }
  @Injectable()
  class Pipe implements PipeTransform {
    transform(value: unknown): unknown {
      seeActive('pipe');
      return value;
    }
  }
  @Injectable({ scope: Scope.REQUEST })
  class Scoped {
    constructor() {
      seeActive('constructor');
    }
    @UseGuards(Guard)
    @UseInterceptors(Interceptor)
    @UsePipes(Pipe)
    @OnOpenEdxEvent<any>(COUNTED)
    handle(): Observable<string> {
      seeActive('handler');
      return new Observable((subscriber) => {
        seeActive('Observable');
        return of('done').subscribe(subscriber);
      });
    }
  }
  await inApplication([Scoped], async ({ producer }) => {
    active.length = 0;
    await inSpan('POST /', () => producer.send(COUNTED, { n: 1 }));
    await waitUntil(() => traces.named('process dev-counted').length === 1);
  });
  // A pipe of the method transforms each argument.
  const places = ['constructor', 'guard', 'interceptor', 'pipe', 'pipe', 'handler', 'Observable'];
  expect(active).toEqual(places.map((place) => `${place}: process dev-counted`));
});

describe('a handler that fails', () => {
  let failures = 0;
  @Injectable()
  class Failing {
    @OnOpenEdxEvent<any>(COUNTED, { id: 'failing', retry: { attempts: 2 } })
    handle(): void {
      if (failures-- > 0) throw new RangeError(SECRET);
    }
    @OnOpenEdxEvent<any>(COUNTED, { id: 'working' })
    other(): void {}
  }
  beforeEach(() => void (failures = 2));

  it('has a span for each attempt, and its dead letter is sent in the same trace', async () => {
    await inApplication(
      [Failing],
      async ({ producer, letters, broker }) => {
        await producer.send(COUNTED, { n: 1 });
        await waitUntil(() => traces.named('send dev-counted-tests-dlq').length === 1);
        const about = ({ name, kind, parent, links, failed, attributes }: any) => ({
          ...{ name, kind, parent, links, failed },
          attempt: attributes['openedx.event_bus.attempt'],
          error: attributes['error.type'],
        });
        const tree = traces.tree().filter(({ name }) => !name.startsWith('receive'));
        const process = { name: 'process dev-counted', kind: 'CONSUMER' };
        const below = { parent: 'send dev-counted' };
        expect(tree.map(about)).toEqual([
          { name: 'send dev-counted', kind: 'PRODUCER', links: [], failed: false },
          { ...process, ...below, links: [], failed: true, attempt: 1, error: 'RangeError' },
          { ...process, ...below, links: [], failed: false, attempt: 1 },
          {
            ...{ ...process, ...below, failed: true, attempt: 2, error: 'RangeError' },
            links: ['process dev-counted'],
          },
          {
            ...{ name: 'send dev-counted-tests-dlq', kind: 'PRODUCER', ...below, failed: false },
            links: ['process dev-counted'],
          },
        ]);

        traces.reset();
        for await (const { result } of letters.redrive({ topic: 'counted' }))
          expect(result).toBe('handled');
        const redriven = traces.tree();
        expect(redriven.map(about)).toEqual([
          {
            ...{ name: 'redrive dev-counted-tests-dlq', kind: 'INTERNAL', failed: false },
            links: [expect.stringMatching(/^unknown/)],
          },
          {
            ...{ ...process, parent: expect.stringMatching(/^unknown/), failed: false, attempt: 1 },
            links: ['redrive dev-counted-tests-dlq'],
          },
        ]);
        expect(redriven[1]!.attributes['openedx.event_bus.redriven']).toBe(true);
        expect(broker.topic('dev-counted').partitions).toBeDefined();
      },
      { onFailure: 'deadLetter' },
    );
    expect(
      JSON.stringify(traces.spans.map(({ attributes, events }) => [attributes, events])),
    ).not.toContain(SECRET);
  });
});

describe('the context that a record carries', () => {
  @Injectable()
  class Handling {
    @OnOpenEdxEvent<any>(COUNTED)
    handle(): void {}
  }
  const TRACE = '0af7651916cd43dd8448eb211c80319c';
  const SPAN = 'b7ad6b7169203331';

  it('is written after the attributes of the event', async () => {
    await inApplication([Handling], async ({ producer, broker }) => {
      const taken: (readonly [string, string])[][] = [];
      const publish = broker.topic('dev-counted');
      const append = publish.append.bind(publish);
      publish.append = (record) => {
        taken.push(
          record.attributes.map(([name, value]) => [name, Buffer.from(value ?? []).toString()]),
        );
        return append(record);
      };
      await producer.send(COUNTED, { n: 1 });
      await producer.send(COUNTED, { n: 2 });
      const [sent] = traces.named('send dev-counted');
      const { traceId, spanId } = sent!.spanContext();
      const names = taken[0]!.map(([name]) => name);
      expect(names.slice(-2)).toEqual(['event_data', 'traceparent']);
      expect(taken[0]!.at(-1)![1]).toBe(`00-${traceId}-${spanId}-01`);
    });
  });

  it('is that of the span in which an event was prepared', async () => {
    await inApplication([Handling], async ({ producer }) => {
      const [outside] = producer.prepare(COUNTED, { n: 1 });
      expect(outside!.attributes).toEqual([]);
      const [prepared] = await inSpan('POST /', () =>
        Promise.resolve(producer.prepare(COUNTED, { n: 1 })),
      );
      expect(prepared!.attributes.map(([name]) => name)).toEqual(['traceparent']);
      await producer.publish(prepared!);
      await waitUntil(() => traces.named('process dev-counted').length === 1);
      expect(traces.tree('send dev-counted', 'process dev-counted')).toMatchObject([
        { name: 'send dev-counted', parent: undefined, links: ['POST /'] },
        { name: 'process dev-counted', parent: 'POST /', links: [] },
      ]);
    });
  });

  it.each([
    ['a later version with more parts', `01-${TRACE}-${SPAN}-01-more`, SPAN],
    ['one that was not sampled', `00-${TRACE}-${SPAN}-00`, 'none'],
    ['version ff', `ff-${TRACE}-${SPAN}-01`, undefined],
    ['an id of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`, undefined],
    ['upper case', `00-${TRACE.toUpperCase()}-${SPAN}-01`, undefined],
    ['version 00 with more parts', `00-${TRACE}-${SPAN}-01-more`, undefined],
    ['no context at all', SECRET.repeat(1_000), undefined],
  ])('is continued where it is valid: %s', async (_, text, parent) => {
    await inApplication([Handling], async ({ producer }) => {
      const [event] = producer.prepare(COUNTED, { n: 1 });
      const attributes = [
        ['traceparent', Buffer.from(text)],
        ['tracestate', Buffer.from('vendor=1')],
      ] as const;
      traces.reset();
      await context.with(context.active(), () =>
        producer.publish({ ...event!, attributes: [...attributes] }),
      );
      if (parent === 'none') {
        // Neither is its handler's span.
        await producer.send(COUNTED, { n: 2 });
        await waitUntil(() => traces.named('process dev-counted').length === 1);
        expect(traces.named('process dev-counted')[0]!.parentSpanContext?.traceId).not.toBe(TRACE);
        return;
      }
      await waitUntil(() => traces.named('process dev-counted').length === 1);
      const [process] = traces.named('process dev-counted');
      expect(process!.parentSpanContext?.spanId).toBe(parent);
      expect(process!.parentSpanContext?.traceState?.serialize()).toBe(
        parent === undefined ? undefined : 'vendor=1',
      );
    });
  });
});
