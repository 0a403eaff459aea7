/* eslint-disable @typescript-eslint/no-extraneous-class, @typescript-eslint/no-unused-vars, @typescript-eslint/no-unnecessary-type-assertion -- strange classes are what this is about */
import {
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  Injectable,
  type PipeTransform,
  Scope,
  SetMetadata,
  UseGuards,
  UsePipes,
} from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { ConfigurationError } from '../../lib/errors/index.js';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { HandlerHarness, TYPE } from './support/handler-harness.js';
import { rootModule } from './support/bus-application.js';
import { problemsOf } from './support/starting.js';

type Fn = (...args: unknown[]) => unknown;
type Wrap = (fn: Fn) => Fn;

const log: string[] = [];
beforeEach(() => void (log.length = 0));

const wrapped: Wrap = (fn) =>
  function (this: unknown, ...args) {
    log.push('wrapper');
    return fn.apply(this, args);
  };

/** All ways of a method decorator to put another function in the place of the method. */
const wrappers: Record<string, () => MethodDecorator> = {
  'assigns to the descriptor': () => (_target, _key, descriptor: PropertyDescriptor) => {
    descriptor.value = wrapped(descriptor.value as Fn);
  },
  'assigns and returns the descriptor': () => (_target, _key, descriptor: any) => {
    descriptor.value = wrapped(descriptor.value as Fn);
    return descriptor as undefined;
  },
  'returns a new descriptor': () => (_target, _key, descriptor: any) =>
    ({ ...descriptor, value: wrapped(descriptor.value as Fn) }) as never,
  'returns a getter that binds': () => (_target, _key, descriptor: any) => {
    const fn = wrapped(descriptor.value as Fn);
    return {
      configurable: true,
      get(this: object) {
        return fn.bind(this);
      },
    } as never;
  },
  'gives a Proxy of the method': () => (_target, _key, descriptor: PropertyDescriptor) => {
    descriptor.value = new Proxy(descriptor.value as Fn, {
      apply(fn, self, args) {
        log.push('wrapper');
        return Reflect.apply(fn, self, args) as unknown;
      },
    });
  },
};

@Injectable()
class RoleGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const role = Reflect.getMetadata('role', context.getHandler()) as string | undefined;
    log.push(`guard ${role}`);
    return role !== 'nobody';
  }
}

@Injectable()
class OtherGuard implements CanActivate {
  canActivate(): boolean {
    log.push('other guard');
    return true;
  }
}

@Injectable()
class Doubling implements PipeTransform {
  transform = (value: unknown): unknown => (typeof value === 'number' ? value * 2 : value);
}

async function called(
  host: abstract new (...args: never[]) => unknown,
  data: unknown = { n: 4 },
): Promise<HandlerHarness> {
  const harness = await HandlerHarness.of({ providers: [host as never] });
  try {
    await harness.call(data);
    return harness;
  } finally {
    await harness.close();
  }
}

describe.each(Object.keys(wrappers))('a decorator that %s', (how) => {
  const Wrapping = wrappers[how]!;
  const scopes = [Scope.DEFAULT, Scope.REQUEST, Scope.TRANSIENT];
  const isGetter = how === 'returns a getter that binds';
  // Nest sees no classes of enhancers where the method is behind a getter.
  const given = (type: new () => object): never => (isGetter ? new type() : type) as never;

  it.each(scopes)('above ours: the handler and all below run, in scope %s', async (scope) => {
    @Injectable({ scope })
    class Host {
      @Wrapping()
      @OnOpenEdxEvent<any>(TYPE)
      @SetMetadata('role', 'staff')
      @UseGuards(given(RoleGuard))
      @UsePipes(given(Doubling))
      record(@Payload('n') n: number): void {
        log.push(`${this.constructor.name} ${n}`);
      }
    }
    const { names } = await called(Host);
    expect(names).toEqual(['Host.record']);
    expect(log).toEqual(['guard staff', 'wrapper', 'Host 8']);
  });

  it('below ours: guards below it run', async () => {
    @Injectable()
    class Host {
      @OnOpenEdxEvent<any>(TYPE)
      @Wrapping()
      @SetMetadata('role', 'nobody')
      @UseGuards(given(RoleGuard))
      record(): void {
        log.push('record');
      }
    }
    await expect(called(Host)).rejects.toBeInstanceOf(ForbiddenException);
    expect(log).toEqual(['guard nobody']);
  });

  if (isGetter) return;

  it('above ours and below a guard: every guard runs, once, from the inside out', async () => {
    @Injectable()
    class Host {
      @UseGuards(OtherGuard)
      @Wrapping()
      @SetMetadata('role', 'staff')
      @UseGuards(RoleGuard)
      @OnOpenEdxEvent<any>(TYPE)
      record(): void {
        log.push('record');
      }
    }
    await called(Host);
    expect(log).toEqual(['guard staff', 'other guard', 'wrapper', 'record']);
  });
});

describe('a method that decorators wrap twice', () => {
  it('keeps guards that stand between two of them', async () => {
    const Wrapping = wrappers['assigns to the descriptor']!;
    @Injectable()
    class Host {
      @Wrapping()
      @UseGuards(OtherGuard)
      @Wrapping()
      @OnOpenEdxEvent<any>(TYPE)
      @UseGuards(RoleGuard)
      record(): void {
        log.push('record');
      }
    }
    await called(Host);
    expect(log).toEqual(['guard undefined', 'other guard', 'wrapper', 'wrapper', 'record']);
  });

  it('keeps the declarations on both sides', async () => {
    const Wrapping = wrappers['returns a new descriptor']!;
    @Injectable()
    class Host {
      @OnOpenEdxEvent<any>('org.openedx.*')
      @Wrapping()
      @OnOpenEdxEvent<any>(TYPE)
      record(): void {
        log.push('record');
      }
    }
    const { found } = await called(Host);
    expect(found[0]!.declarations.flatMap(({ patterns }) => patterns)).toEqual([
      'org.openedx.*',
      TYPE,
    ]);
  });
});

type Class = new (...args: any[]) => any;

/** All ways of a class decorator to put something in the place of its methods. */
const classWrappers: Record<string, (type: any) => any> = {
  'returns a subclass that overrides': (type: Class) =>
    class extends type {
      record(...args: unknown[]): unknown {
        log.push('wrapper');
        return super.record(...args);
      }
    },
  'returns a subclass of the same name': (type: Class) => {
    const sub = class extends type {
      record(...args: unknown[]): unknown {
        log.push('wrapper');
        return super.record(...args);
      }
    };
    Object.defineProperty(sub, 'name', { value: type.name });
    return sub;
  },
  'returns a subclass and defines methods on it': (type: Class) => {
    class Traced extends type {}
    Object.defineProperty(Traced.prototype, 'record', {
      value: wrapped((type.prototype as { record: Fn }).record),
      configurable: true,
      writable: true,
    });
    return Traced;
  },
  'returns a Proxy of the class': (type: Class) =>
    new Proxy(type, {
      construct(target, args, newTarget) {
        log.push('constructed');
        return Reflect.construct(target, args, newTarget) as object;
      },
    }),
  'returns a Proxy of each instance': (type: Class) =>
    class extends type {
      constructor(...args: any[]) {
        super(...args);
        return new Proxy(this, {
          get(target, key): unknown {
            const value = Reflect.get(target, key) as unknown;
            return key === 'record' ? wrapped(value as Fn) : value;
          },
        });
      }
    },
  'returns a class that makes the other': (type: Class) =>
    class {
      constructor(...args: any[]) {
        return new type(...args) as object;
      }
    },
  'copies the methods to another class': (type: Class) => {
    class Copy {}
    const { constructor: _, ...methods } = Object.getOwnPropertyDescriptors(
      type.prototype as object,
    ) as Record<string, PropertyDescriptor>;
    Object.defineProperties(Copy.prototype, methods);
    return Copy;
  },
  'wraps every method': (type: Class) => {
    const prototype = type.prototype as Record<string, Fn>;
    prototype['record'] = wrapped(prototype['record']!);
  },
  'binds the methods in the constructor': (type: Class) =>
    class extends type {
      constructor(...args: any[]) {
        super(...args);
        this['record'] = (this['record'] as Fn).bind(this);
      }
    },
};

describe.each(Object.keys(classWrappers))('a class decorator that %s', (how) => {
  const Wrapping = classWrappers[how]! as ClassDecorator;

  it('leaves the handler, its arguments and its guards', async () => {
    @Injectable()
    @Wrapping
    @UseGuards(new OtherGuard())
    class Host {
      @OnOpenEdxEvent<any>(TYPE)
      @SetMetadata('role', 'staff')
      @UseGuards(new RoleGuard())
      record(@Payload('n') n: number): void {
        log.push(`n ${n}`);
      }
    }
    const { found } = await called(Host);
    expect(found).toHaveLength(1);
    const seen = log.filter((line) => line !== 'wrapper' && line !== 'constructed');
    expect(seen.toSorted()).toEqual(['guard staff', 'n 4', 'other guard']);
  });

  it('does not let guards be left out that are given as classes', async () => {
    @Injectable()
    @Wrapping
    @UseGuards(OtherGuard)
    class Host {
      @OnOpenEdxEvent<any>(TYPE)
      @SetMetadata('role', 'staff')
      @UseGuards(RoleGuard)
      record(): void {
        log.push('record');
      }
    }
    const refused = await called(Host).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (refused) {
      expect(refused).toBeInstanceOf(ConfigurationError);
      expect((refused as ConfigurationError).problems[0]!.setting).toMatch(/^handler .*\.record$/u);
      expect(log).not.toContain('record');
    } else expect(log).toEqual(expect.arrayContaining(['guard staff', 'other guard', 'record']));
  });
});

describe('a handler that cannot be called', () => {
  const Base = () => {
    abstract class Base {
      @OnOpenEdxEvent<any>(TYPE)
      record(): void {
        log.push('base');
      }
    }
    return Base;
  };
  const gone: Record<string, () => unknown> = {
    'its method is taken from the prototype': () => {
      class Host {
        @OnOpenEdxEvent<any>(TYPE)
        record(): void {}
      }
      delete (Host.prototype as Partial<Host>).record;
      return Host;
    },
    'its method is no function on the instance': () => {
      class Host {
        constructor() {
          (this as Partial<Host>).record = undefined;
        }
        @OnOpenEdxEvent<any>(TYPE)
        record(): void {}
      }
      return Host;
    },
    'its getter throws': () => {
      class Host {
        @((_t: object, _k: string) => ({
          configurable: true,
          get(): never {
            throw new Error('not here');
          },
        }))
        @OnOpenEdxEvent<any>(TYPE)
        record(): void {}
      }
      return Host;
    },
    'it is static': () => {
      class Host {
        @OnOpenEdxEvent<any>(TYPE)
        static record(): void {}
      }
      return Host;
    },
    'only an override without decorator is there': () =>
      class Host extends Base() {
        override record(): void {}
      },
  };

  it.each(Object.keys(gone))('fails the start by its name: %s', async (why) => {
    const Host = gone[why]!() as new () => object;
    Reflect.decorate([Injectable()], Host);
    const problems = await problemsOf(rootModule({ providers: [Host] }));
    expect(problems).toHaveLength(1);
    expect(problems[0]!.setting).toMatch(/^handler (Host|Base)\.record$/u);
  });

  it('fails the start where its name is a symbol', async () => {
    const name = Symbol('record');
    @Injectable()
    class Host {
      @OnOpenEdxEvent<any>(TYPE)
      [name](): void {}
    }
    const [problem] = await problemsOf(rootModule({ providers: [Host] }));
    expect(problem!.setting).toBe('handler Host.Symbol(record)');
  });

  it('is warned of where another class still has the overridden handler', async () => {
    const base = Base();
    @Injectable()
    class First extends base {}
    @Injectable()
    class Silent extends base {
      override record(): void {}
    }
    const harness = await HandlerHarness.of({ providers: [First, Silent] });
    await harness.close();
    expect(harness.names).toEqual(['First.record']);
    expect(harness.warnings).toEqual([
      'Silent.record overrides the handler Base.record without @OnOpenEdxEvent, so Silent.record receives no events. If it should receive them, add the decorator',
    ]);
  });
});

it('a request-scoped provider that a factory makes under its class has its handlers', async () => {
  class Made {
    @OnOpenEdxEvent<any>(TYPE)
    record(): void {
      log.push('made');
    }
  }
  const harness = await HandlerHarness.of({
    providers: [{ provide: Made, useFactory: () => new Made(), scope: Scope.REQUEST }],
  });
  await harness.call({});
  await harness.close();
  expect(log).toEqual(['made']);
});
