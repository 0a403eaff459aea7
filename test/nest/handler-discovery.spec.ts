import { Controller, Get, Injectable, Module, Scope } from '@nestjs/common';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { HandlerHarness, TYPE } from './support/handler-harness.js';

const log: string[] = [];
beforeEach(() => void (log.length = 0));

@Injectable()
class Activity {
  constructor(private readonly name = 'class') {}
  @OnOpenEdxEvent<any>(TYPE)
  record(): void {
    log.push(this.name);
  }
}

async function discover(
  metadata: Parameters<typeof HandlerHarness.of>[0],
  run: (harness: HandlerHarness) => unknown,
): Promise<void> {
  const harness = await HandlerHarness.of(metadata);
  try {
    await run(harness);
  } finally {
    await harness.close();
  }
}

describe('handlers are found', () => {
  it('on providers and on controllers', () => {
    @Controller('activity')
    class ActivityController {
      @Get()
      list(): string[] {
        return [];
      }
      @OnOpenEdxEvent<any>(TYPE)
      record(): void {
        log.push('controller');
      }
    }
    return discover(
      {
        providers: [{ provide: Activity, useValue: new Activity() }],
        controllers: [ActivityController],
      },
      async (harness) => {
        expect(harness.names).toEqual(['Activity.record', 'ActivityController.record']);
        await harness.call({}, 'ActivityController.record');
        expect(log).toEqual(['controller']);
      },
    );
  });

  it.each([
    ['a factory', { provide: 'ACTIVITY', useFactory: () => new Activity('factory') }],
    ['an async factory', { provide: 'ACTIVITY', useFactory: async () => new Activity('factory') }],
    ['a value', { provide: 'ACTIVITY', useValue: new Activity('factory') }],
  ])('on the instance that %s gives', (_name, provider) =>
    discover({ providers: [provider] }, async (harness) => {
      await harness.call({});
      expect(log).toEqual(['factory']);
    }),
  );

  it('once where the provider has an alias', () =>
    discover(
      {
        providers: [
          { provide: Activity, useValue: new Activity() },
          { provide: 'ALIAS', useExisting: Activity },
        ],
      },
      (harness) => {
        expect(harness.names).toEqual(['Activity.record']);
        expect(harness.warnings).toEqual([]);
      },
    ));

  it('when inherited, on each class that inherits them', async () => {
    class Base {
      @OnOpenEdxEvent<any>(TYPE)
      record(): void {
        log.push(this.constructor.name);
      }
    }
    @Injectable()
    class First extends Base {}
    @Injectable()
    class Second extends Base {}
    @Injectable()
    class Silent extends Base {
      override record(): void {
        log.push('an override without decorator is no handler');
      }
    }
    await discover({ providers: [First, Second, Silent] }, async (harness) => {
      expect(harness.names).toEqual(['First.record', 'Second.record']);
      await harness.call({}, 'First.record');
      await harness.call({}, 'Second.record');
      expect(log).toEqual(['First', 'Second']);
    });
  });

  it('without calling getters or failing on unusual providers', () => {
    const touchy = {
      get now(): never {
        throw new Error('a getter was called');
      },
    };
    return discover(
      {
        providers: [
          { provide: 'NULL', useValue: null },
          { provide: 'TEXT', useValue: 'text' },
          { provide: 'BARE', useValue: Object.create(null) as object },
          { provide: 'TOUCHY', useValue: Object.create(touchy) as object },
          { provide: 'FUNCTION', useValue: () => 1 },
          { provide: 'SCOPED', useFactory: () => new Activity(), scope: Scope.REQUEST },
        ],
      },
      (harness) => expect(harness.names).toEqual([]),
    );
  });
});

describe('a class that Nest knows twice', () => {
  it('N-05: listed in two modules runs once, in the first, and a warning names both', () => {
    @Injectable()
    class Shared {
      @OnOpenEdxEvent<any>(TYPE)
      record(): void {
        log.push('shared');
      }
    }
    @Module({ providers: [Shared] })
    class FirstModule {}
    @Module({ providers: [Shared] })
    class SecondModule {}
    return discover({ imports: [FirstModule, SecondModule] }, (harness) => {
      expect(harness.names).toEqual(['Shared.record']);
      expect(harness.warnings).toEqual([
        'Shared.record: the class is registered in FirstModule (providers) and in SecondModule (providers). Its handlers run only in the first one. Provide the class in one module and export it from there',
      ]);
    });
  });

  it('as controller and as provider runs once, with a warning', () => {
    @Controller()
    class Both {
      @OnOpenEdxEvent<any>(TYPE)
      record(): void {
        log.push('both');
      }
    }
    return discover({ providers: [Both], controllers: [Both] }, (harness) => {
      expect(harness.names).toEqual(['Both.record']);
      expect(harness.warnings[0]).toContain(
        'RootModule (providers) and in RootModule (controllers)',
      );
    });
  });

  it('is not warned of when it has no handlers', () => {
    @Injectable()
    class Plain {}
    @Module({ providers: [Plain] })
    class FirstModule {}
    @Module({ providers: [Plain] })
    class SecondModule {}
    return discover({ imports: [FirstModule, SecondModule] }, (harness) =>
      expect(harness.warnings).toEqual([]),
    );
  });
});

describe('declarations', () => {
  it('of one method are kept in the order written, with their options', () => {
    @Injectable()
    class Many {
      @OnOpenEdxEvent<any>(TYPE, { topic: 'a', group: 'g', bus: 'b', retry: { attempts: 1 } })
      @OnOpenEdxEvent<any>(['org.openedx.*', TYPE], { topic: ['c', 'd'] })
      record(): void {
        log.push('many');
      }
    }
    return discover({ providers: [Many] }, (harness) =>
      expect(harness.found[0]!.declarations).toEqual([
        {
          patterns: [TYPE],
          definitions: [],
          topics: ['a'],
          group: 'g',
          bus: 'b',
          id: undefined,
          failure: { retry: { attempts: 1 } },
          options: { topic: 'a', group: 'g', bus: 'b', retry: { attempts: 1 } },
        },
        {
          patterns: ['org.openedx.*', TYPE],
          definitions: [],
          topics: ['c', 'd'],
          group: undefined,
          bus: 'default',
          id: undefined,
          failure: {},
          options: { topic: ['c', 'd'] },
        },
      ]),
    );
  });
});
