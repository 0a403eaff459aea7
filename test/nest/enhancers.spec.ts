import {
  applyDecorators,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  ForbiddenException,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  type Type,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import { type Observable, of, tap, throwError } from 'rxjs';
import { isOpenEdxEvent } from '../../lib/consuming/handlers/event-context.js';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { HandlerHarness, TYPE } from './support/handler-harness.js';

/** Shared by enhancers, which Nest makes: proof that they are made with their dependencies. */
@Injectable()
class Journal {
  readonly lines: string[] = [];
}

@Injectable()
class DenyingGuard implements CanActivate {
  constructor(private readonly journal: Journal) {}
  canActivate(context: ExecutionContext): boolean {
    this.journal.lines.push(`guard ${context.getType()} ${isOpenEdxEvent(context)}`);
    return false;
  }
}

@Injectable()
class DoublingPipe implements PipeTransform {
  constructor(private readonly journal: Journal) {}
  transform(value: unknown, { type }: { type: string }): unknown {
    if (type !== 'body') return value;
    this.journal.lines.push('pipe');
    return { n: (value as { n: number }).n * 2 };
  }
}

@Injectable()
class CountingInterceptor implements NestInterceptor {
  constructor(private readonly journal: Journal) {}
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    this.journal.lines.push('before');
    return next.handle().pipe(tap({ complete: () => this.journal.lines.push('after') }));
  }
}

@Injectable()
@Catch()
class ForgivingFilter implements ExceptionFilter {
  constructor(private readonly journal: Journal) {}
  catch(): Observable<string> {
    this.journal.lines.push('filter');
    return of('handled');
  }
}

type Enhance = MethodDecorator & ClassDecorator;
interface Kind {
  readonly enhancer: Type<object>;
  readonly use: (enhancer: never) => Enhance;
  /** What the journal holds after the call of a handler that adds `n <n>` and throws on 13. */
  readonly data: { n: number };
  readonly expected: string[];
  readonly error?: unknown;
}

const kinds: Record<string, Kind> = {
  guard: {
    enhancer: DenyingGuard,
    use: (e) => UseGuards(e),
    data: { n: 1 },
    expected: ['guard rpc true'],
    error: ForbiddenException,
  },
  pipe: {
    enhancer: DoublingPipe,
    use: (e) => UsePipes(e),
    data: { n: 2 },
    expected: ['pipe', 'n 4'],
  },
  interceptor: {
    enhancer: CountingInterceptor,
    use: (e) => UseInterceptors(e),
    data: { n: 3 },
    expected: ['before', 'n 3', 'after'],
  },
  filter: {
    enhancer: ForgivingFilter,
    use: (e) => UseFilters(e),
    data: { n: 13 },
    expected: ['n 13', 'filter'],
  },
};

const none: Enhance = () => undefined;
const hosts = { provider: Injectable, controller: Controller };
const cases = Object.keys(kinds).flatMap((kind) =>
  (['provider', 'controller'] as const).flatMap((host) =>
    (['class', 'method'] as const).flatMap((place) =>
      (['class', 'instance'] as const).map((form) => ({ kind, host, place, form })),
    ),
  ),
);

function hostWith(decorators: { class: Enhance; method: Enhance }, host: keyof typeof hosts): Type {
  @decorators.class
  class Host {
    constructor(readonly journal: Journal) {}
    @decorators.method
    @OnOpenEdxEvent<any>(TYPE)
    handle(data: { n: number }): void {
      this.journal.lines.push(`n ${data.n}`);
      if (data.n === 13) throw new Error('unlucky');
    }
  }
  Reflect.decorate([hosts[host]()], Host);
  return Host;
}

async function journalOf(
  host: Type,
  place: keyof typeof hosts,
  run: (harness: HandlerHarness) => Promise<void>,
  journal = new Journal(),
): Promise<string[]> {
  const harness = await HandlerHarness.of({
    providers: [{ provide: Journal, useValue: journal }, ...(place === 'provider' ? [host] : [])],
    controllers: place === 'controller' ? [host] : [],
  });
  try {
    await run(harness);
  } finally {
    await harness.close();
  }
  return journal.lines;
}

describe('enhancers of a handler', () => {
  it.each(cases)('N-04: a $kind given as $form on the $place of a $host runs', async (c) => {
    const { enhancer, use, data, expected, error } = kinds[c.kind]!;
    const journal = new Journal();
    const given = c.form === 'class' ? enhancer : new enhancer(journal);
    const decorated = { class: none, method: none, [c.place]: use(given as never) };
    const lines = await journalOf(
      hostWith(decorated, c.host),
      c.host,
      async (harness) => {
        const call = harness.call(data);
        if (error) await expect(call).rejects.toBeInstanceOf(error);
        else await call;
      },
      journal,
    );
    expect(lines).toEqual(expected);
  });

  it.each(['provider', 'controller'] as const)('all four kinds join on one %s', async (place) => {
    const all = applyDecorators(
      UsePipes(DoublingPipe),
      UseInterceptors(CountingInterceptor),
      UseFilters(ForgivingFilter),
    ) as Enhance;
    const lines = await journalOf(hostWith({ class: all, method: none }, place), place, (harness) =>
      harness.call({ n: 6 }),
    );
    expect(lines).toEqual(['before', 'pipe', 'n 12', 'after']);
  });

  it('a pipe of one parameter runs', async () => {
    @Injectable()
    class Host {
      constructor(readonly journal: Journal) {}
      @OnOpenEdxEvent<any>(TYPE)
      handle(@Payload('inner', DoublingPipe) inner: { n: number }): void {
        this.journal.lines.push(`n ${inner.n}`);
      }
    }
    const lines = await journalOf(Host, 'provider', (harness) => harness.call({ inner: { n: 4 } }));
    expect(lines).toEqual(['pipe', 'n 8']);
  });

  it('a filter that gives an erring Observable fails the handler with that error', async () => {
    const mapped = new Error('mapped');
    @Catch()
    class MappingFilter implements ExceptionFilter {
      catch = () => throwError(() => mapped);
    }
    const filters = UseFilters(new MappingFilter());
    await journalOf(hostWith({ class: filters, method: none }, 'provider'), 'provider', (harness) =>
      expect(harness.call({ n: 13 })).rejects.toBe(mapped),
    );
  });
});

describe('global enhancers', () => {
  const globals = [
    { provide: APP_PIPE, useClass: DoublingPipe },
    { provide: APP_INTERCEPTOR, useClass: CountingInterceptor },
    { provide: APP_FILTER, useClass: ForgivingFilter },
  ];

  it.each([
    { globalEnhancers: true, place: 'provider' as const },
    { globalEnhancers: true, place: 'controller' as const },
    { globalEnhancers: false, place: 'provider' as const },
    { globalEnhancers: false, place: 'controller' as const },
  ])('$globalEnhancers: applied to a $place accordingly', async ({ globalEnhancers, place }) => {
    const journal = new Journal();
    const host = hostWith({ class: UseInterceptors(CountingInterceptor), method: none }, place);
    const harness = await HandlerHarness.of(
      {
        providers: [
          { provide: Journal, useValue: journal },
          ...globals,
          ...(place === 'provider' ? [host] : []),
        ],
        controllers: place === 'controller' ? [host] : [],
      },
      { globalEnhancers },
    );
    await harness.call({ n: 5 });
    await harness.close();
    expect(journal.lines).toEqual(
      globalEnhancers
        ? ['before', 'before', 'pipe', 'n 10', 'after', 'after']
        : ['before', 'n 5', 'after'],
    );
  });

  it('a global guard denies a handler, and not when global enhancers are off', async () => {
    for (const globalEnhancers of [true, false]) {
      const journal = new Journal();
      const harness = await HandlerHarness.of(
        {
          providers: [
            { provide: Journal, useValue: journal },
            { provide: APP_GUARD, useClass: DenyingGuard },
            hostWith({ class: none, method: none }, 'provider'),
          ],
        },
        { globalEnhancers },
      );
      if (globalEnhancers) await expect(harness.call({ n: 1 })).rejects.toThrow('Forbidden');
      else await harness.call({ n: 1 });
      await harness.close();
      expect(journal.lines).toEqual(globalEnhancers ? ['guard rpc true'] : ['n 1']);
    }
  });
});
