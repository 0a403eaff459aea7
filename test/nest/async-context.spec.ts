import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable, Scope, type Type } from '@nestjs/common';
import { Observable, of } from 'rxjs';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { LoopGuardError } from '../../lib/errors/index.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import type { EventBusOptions } from '../../lib/event-bus.options.js';
import { ATTRIBUTE } from '../../lib/observability/attributes.js';
import type {
  TelemetrySpan,
  TelemetrySpanStart,
} from '../../lib/observability/event-bus-telemetry.js';
import { openTelemetry } from '../../lib/opentelemetry/index.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { EventBusTestKit } from '../../lib/testing/event-bus-test-kit.js';
import { busOptions, COUNTED, rootModule } from './support/bus-application.js';
import { start } from './support/starting.js';

/** As nestjs-cls and others keep tenants, requests and spans. */
const tenant = new AsyncLocalStorage<string>();

const seen: string[] = [];
const see = (where: string): void => void seen.push(`${where}: ${tenant.getStore()}`);
beforeEach(() => void (seen.length = 0));

async function inApplication(
  providers: Type<object>[],
  run: (kit: EventBusTestKit, producer: EventBusProducer) => Promise<unknown>,
  options: EventBusOptions = {},
): Promise<void> {
  const bus = EventBusModule.forRoot(busOptions(options));
  const app = await tenant.run('bootstrap', () => start(rootModule({ providers }, bus)));
  try {
    await run(EventBusTestKit.of(app), app.get(EventBusProducer));
  } finally {
    await app.close();
  }
}

describe('what a handler enters into an AsyncLocalStorage', () => {
  @Injectable()
  class Entering {
    @OnOpenEdxEvent<any>(COUNTED)
    async record({ n }: { n: number }): Promise<void> {
      see(`a${n}`);
      tenant.enterWith(`tenant ${n}`);
      await Promise.resolve();
      see(`a${n} later`);
    }
    @OnOpenEdxEvent<any>(COUNTED)
    other({ n }: { n: number }): void {
      see(`b${n}`);
      tenant.enterWith(`other ${n}`);
    }
  }
  @Injectable({ scope: Scope.REQUEST })
  class Scoped {
    @OnOpenEdxEvent<any>(COUNTED)
    record({ n }: { n: number }): void {
      see(`c${n}`);
      tenant.enterWith(`scoped ${n}`);
    }
  }

  it.each([
    ['without telemetry', {}],
    ['with telemetry', { telemetry: openTelemetry() }],
  ])('reaches no other event and no other handler, %s', (_how, options) =>
    inApplication(
      [Entering, Scoped],
      async (kit) => {
        for (const n of [1, 2, 3]) await kit.emit(COUNTED, { n }, { timeout: 30_000 });
        await Promise.all([4, 5, 6].map((n) => kit.emit(COUNTED, { n }, { timeout: 30_000 })));
        const strangers = seen.filter((line) => !line.endsWith('undefined'));
        expect(seen).toHaveLength(4 * 6);
        expect(strangers).toEqual([1, 2, 3, 4, 5, 6].map((n) => `a${n} later: tenant ${n}`));
      },
      options,
    ),
  );

  it('reaches no further attempt', async () => {
    @Injectable()
    class Failing {
      @OnOpenEdxEvent<any>(COUNTED)
      record(): void {
        see('attempt');
        tenant.enterWith('failed');
        if (seen.length < 3) throw new Error('again');
      }
    }
    await inApplication([Failing], (kit) => kit.emit(COUNTED, { n: 1 }, { timeout: 30_000 }));
    expect(seen).toEqual(Array(3).fill('attempt: undefined'));
  });

  it('is there where the Observable that it returns runs, and not after it', async () => {
    @Injectable()
    class Lazy {
      @OnOpenEdxEvent<any>(COUNTED)
      record({ n }: { n: number }): Observable<string> {
        see('handler');
        tenant.enterWith(`tenant ${n}`);
        return new Observable((subscriber) => {
          see('Observable');
          return of('done').subscribe(subscriber);
        });
      }
    }
    await inApplication([Lazy], async (kit) => {
      await kit.emit(COUNTED, { n: 1 }, { timeout: 30_000 });
      await kit.emit(COUNTED, { n: 2 }, { timeout: 30_000 });
    });
    expect(seen).toEqual([
      'handler: undefined',
      'Observable: tenant 1',
      'handler: undefined',
      'Observable: tenant 2',
    ]);
  });
});

@Injectable()
class Seeing {
  @OnOpenEdxEvent<any>(COUNTED)
  record(): void {
    see('handler');
  }
}

@Injectable()
class Second extends Seeing {}

it('the context of who sends on the embedded bus does not reach the handler', async () => {
  await inApplication([Seeing], async (kit, producer) => {
    await tenant.run('sender', () => producer.send(COUNTED, { n: 1 }));
    await tenant.run('sender', () => kit.emit(COUNTED, { n: 2 }, { timeout: 30_000 }));
  });
  expect(seen).toEqual(['handler: undefined', 'handler: undefined']);
});

it('the span of the event is in the context of its handlers', async () => {
  const startSpan = ({ name, attributes }: TelemetrySpanStart): TelemetrySpan => ({
    context: {},
    run: (work) => tenant.run(`${name} ${attributes[ATTRIBUTE.handler]}`, work),
    end: () => undefined,
  });
  await inApplication([Seeing, Second], (kit) => kit.emit(COUNTED, { n: 1 }, { timeout: 30_000 }), {
    telemetry: { startSpan },
  });
  expect(seen).toEqual([
    'handler: process counted Seeing.record',
    'handler: process counted Second.record',
  ]);
});

it('a handler is still refused to send what it handles, however late', async () => {
  const errors: unknown[] = [];
  @Injectable()
  class Looping {
    constructor(private readonly producer: EventBusProducer) {}
    @OnOpenEdxEvent<any>(COUNTED)
    async record({ n }: { n: number }): Promise<void> {
      tenant.enterWith('looping');
      await new Promise((resolve) => setImmediate(resolve));
      await this.producer.send(COUNTED, { n: n + 1 }).catch((error: unknown) => errors.push(error));
    }
  }
  Reflect.defineMetadata('design:paramtypes', [EventBusProducer], Looping);
  await inApplication([Looping], (kit) => kit.emit(COUNTED, { n: 1 }, { timeout: 30_000 }));
  expect(errors).toEqual([expect.any(LoopGuardError)]);
});
