import {
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  Inject,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { APP_GUARD, REQUEST } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import { OpenEdxEventContext } from '../../lib/consuming/handlers/event-context.js';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { UnrecoverableError } from '../../lib/errors/unrecoverable.error.js';
import { eventContext, HandlerHarness, TYPE } from './support/handler-harness.js';

const scopes = { default: Scope.DEFAULT, request: Scope.REQUEST, transient: Scope.TRANSIENT };
const hosts = { provider: Injectable, controller: Controller };
const log: string[] = [];
beforeEach(() => void (log.length = 0));

let made = 0;
class Numbered {
  readonly number = ++made;
  /** False for the unconstructed placeholder that Nest keeps of a scoped class. */
  readonly constructed = true;
}

async function harnessOf(host: new (...args: never[]) => object, place: keyof typeof hosts) {
  return HandlerHarness.of(place === 'provider' ? { providers: [host] } : { controllers: [host] });
}

describe('the scope of a handler', () => {
  it.each(['provider', 'controller'] as const)(
    'a request-scoped %s is made for each event, with the context as its request',
    async (place) => {
      class Host extends Numbered {
        constructor(@Inject(REQUEST) readonly request: unknown) {
          super();
        }
        @OnOpenEdxEvent<any>(TYPE)
        handle(@Payload('n') n: number, @Ctx() context: OpenEdxEventContext): void {
          log.push(`${n} ${this.request === context} ${context instanceof OpenEdxEventContext}`);
          log.push(String(this.number));
        }
      }
      Reflect.decorate([hosts[place]({ scope: Scope.REQUEST })], Host);
      const harness = await harnessOf(Host, place);
      const before = made;
      await harness.call({ n: 1 });
      await harness.call({ n: 2 });
      await harness.close();
      expect(log).toEqual(['1 true true', `${before + 1}`, '2 true true', `${before + 2}`]);
    },
  );

  it('a transient provider is made for each event', async () => {
    @Injectable({ scope: Scope.TRANSIENT })
    class Host extends Numbered {
      @OnOpenEdxEvent<any>(TYPE)
      handle(): void {
        log.push(`${this.constructed} ${this.number}`);
      }
    }
    const harness = await harnessOf(Host, 'provider');
    const before = made;
    await harness.call({});
    await harness.call({});
    await harness.close();
    expect(log).toEqual([`true ${before + 1}`, `true ${before + 2}`]);
  });

  it('a default-scoped handler that depends on the request is made for each event', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Tenant {
      constructor(@Inject(REQUEST) readonly context: OpenEdxEventContext) {}
    }
    @Injectable()
    class Host {
      constructor(private readonly tenant: Tenant) {}
      @OnOpenEdxEvent<any>(TYPE)
      handle(): void {
        log.push(this.tenant.context.topic);
      }
    }
    const harness = await HandlerHarness.of({ providers: [Host, Tenant] });
    await harness.call({}, undefined, eventContext({ topic: 'one' }));
    await harness.call({}, undefined, eventContext({ topic: 'two' }));
    await harness.close();
    expect(log).toEqual(['one', 'two']);
  });

  it('what the constructor of a request-scoped provider throws is the failure of the handler, as it is', async () => {
    const noTenant = new UnrecoverableError('no tenant');
    @Injectable({ scope: Scope.REQUEST })
    class Tenant {
      constructor(@Inject(REQUEST) context: OpenEdxEventContext) {
        if (context.key === null) throw noTenant;
      }
    }
    @Injectable()
    class Host {
      constructor(readonly tenant: Tenant) {}
      @OnOpenEdxEvent<any>(TYPE)
      handle(): void {
        log.push('handled');
      }
    }
    const harness = await HandlerHarness.of({ providers: [Host, Tenant] });
    await expect(harness.call({})).rejects.toBe(noTenant);
    await harness.call({}, undefined, eventContext({ key: 'one' }));
    await harness.close();
    expect(log).toEqual(['handled']);
  });

  it('calls that overlap have instances of their own', async () => {
    let open!: () => void;
    const gate = new Promise<void>((resolve) => (open = resolve));
    @Injectable({ scope: Scope.REQUEST })
    class Host extends Numbered {
      private mine = '';
      @OnOpenEdxEvent<any>(TYPE)
      async handle(data: { n: string }): Promise<void> {
        this.mine = data.n;
        await gate;
        log.push(this.mine);
      }
    }
    const harness = await harnessOf(Host, 'provider');
    const both = [harness.call({ n: 'a' }), harness.call({ n: 'b' })];
    open();
    await Promise.all(both);
    await harness.close();
    expect(log.sort()).toEqual(['a', 'b']);
  });
});

function enhancersOf(scope: Scope) {
  @Injectable({ scope })
  class Guard extends Numbered implements CanActivate {
    canActivate(): boolean {
      log.push(`guard ${this.constructed}`);
      return true;
    }
  }
  @Injectable({ scope })
  class Interceptor extends Numbered implements NestInterceptor {
    intercept(_: unknown, next: { handle(): never }): never {
      log.push(`interceptor ${this.constructed}`);
      return next.handle();
    }
  }
  @Injectable({ scope })
  class Pipe extends Numbered implements PipeTransform {
    transform(value: unknown, { type }: { type: string }): unknown {
      if (type === 'body') log.push(`pipe ${this.constructed}`);
      return value;
    }
  }
  @Injectable({ scope })
  @Catch()
  class Filter extends Numbered implements ExceptionFilter {
    catch(): string {
      log.push(`filter ${this.constructed}`);
      return 'handled';
    }
  }
  return { Guard, Interceptor, Pipe, Filter };
}

describe('the scope of enhancers', () => {
  const cases = (['provider', 'controller'] as const).flatMap((place) =>
    (Object.keys(scopes) as (keyof typeof scopes)[]).flatMap((enhancers) =>
      (place === 'provider'
        ? (['default', 'request', 'transient'] as const)
        : (['default', 'request'] as const)
      ).map((host) => ({ place, enhancers, host })),
    ),
  );

  it.each(cases)('N-04: $enhancers-scoped enhancers run on a $host-scoped $place', async (c) => {
    const { Guard, Interceptor, Pipe, Filter } = enhancersOf(scopes[c.enhancers]);
    @UseGuards(Guard)
    @UseInterceptors(Interceptor)
    @UsePipes(Pipe)
    @UseFilters(Filter)
    class Host {
      @OnOpenEdxEvent<any>(TYPE)
      handle(): never {
        log.push('handler');
        throw new Error('caught by the filter');
      }
    }
    Reflect.decorate([hosts[c.place]({ scope: scopes[c.host] })], Host);
    const harness = await harnessOf(Host, c.place);
    await harness.call({});
    await harness.call({});
    await harness.close();
    const once = ['guard true', 'interceptor true', 'pipe true', 'handler', 'filter true'];
    expect(log).toEqual([...once, ...once]);
  });

  it.each(['provider', 'controller'] as const)(
    'a request-scoped global guard runs on a default-scoped %s',
    async (place) => {
      @Injectable({ scope: Scope.REQUEST })
      class Guard implements CanActivate {
        constructor(@Inject(REQUEST) private readonly context: OpenEdxEventContext) {}
        canActivate(): boolean {
          log.push(`guard ${this.context.topic}`);
          return true;
        }
      }
      class Host {
        @OnOpenEdxEvent<any>(TYPE)
        handle(): void {
          log.push('handler');
        }
      }
      Reflect.decorate([hosts[place]()], Host);
      const harness = await HandlerHarness.of({
        providers: [
          { provide: APP_GUARD, useClass: Guard },
          ...(place === 'provider' ? [Host] : []),
        ],
        controllers: place === 'controller' ? [Host] : [],
      });
      await harness.call({});
      await harness.close();
      expect(log).toEqual(['guard enrolments', 'handler']);
    },
  );
});
