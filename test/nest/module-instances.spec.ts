import {
  type DynamicModule,
  Inject,
  Injectable,
  Module,
  type ModuleMetadata,
  type OnModuleInit,
} from '@nestjs/common';
import { LazyModuleLoader, NestFactory } from '@nestjs/core';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import { EventBusTestKit } from '../../lib/testing/event-bus-test-kit.js';
import { busOptions, COUNTED, KeptLog, rootModule } from './support/bus-application.js';
import { start } from './support/starting.js';

const log: string[] = [];
beforeEach(() => void (log.length = 0));

@Injectable()
class Hook {
  constructor(@Inject('URL') readonly url: string) {}
  @OnOpenEdxEvent<any>(COUNTED)
  record(): void {
    log.push(this.url);
  }
}

/** A dynamic module whose instances differ in one thing: how they are told their URL. */
@Module({})
class Webhook {
  static ofValue(url: string): DynamicModule {
    return { module: Webhook, providers: [{ provide: 'URL', useValue: url }, Hook] };
  }
  static ofOptions(options: object): DynamicModule {
    const url = { provide: 'URL', useFactory: (o: { url: string }) => o.url, inject: ['OPTIONS'] };
    return { module: Webhook, providers: [{ provide: 'OPTIONS', useValue: options }, url, Hook] };
  }
  static ofFactory(useFactory: () => string): DynamicModule {
    return { module: Webhook, providers: [{ provide: 'URL', useFactory }, Hook] };
  }
  static ofImport(settings: DynamicModule): DynamicModule {
    return { module: Webhook, imports: [settings], providers: [Hook] };
  }
  static ofController(url: string): DynamicModule {
    return {
      module: Webhook,
      controllers: [Hook],
      providers: [{ provide: 'URL', useValue: url }],
    };
  }
  static ofMade(url: string): DynamicModule {
    return { module: Webhook, providers: [{ provide: 'HOOK', useFactory: () => new Hook(url) }] };
  }
}

@Module({})
class Settings {
  static of(url: string): DynamicModule {
    return {
      module: Settings,
      providers: [{ provide: 'URL', useValue: url }],
      exports: ['URL'],
    };
  }
}

/** What the handlers of an application log for one event, and what the bus says. */
async function eventIn(metadata: ModuleMetadata): Promise<string[]> {
  const logger = new KeptLog();
  const bus = EventBusModule.forRoot(busOptions({ logger }));
  const app = await start(rootModule(metadata, bus));
  await EventBusTestKit.of(app).emit(COUNTED, { n: 1 }, { timeout: 30_000 });
  await app.close();
  return logger.matching('the class is registered in');
}

describe('instances of one dynamic module class', () => {
  it.each<[string, DynamicModule[]]>([
    ['another value', [Webhook.ofValue('a'), Webhook.ofValue('b')]],
    ['other options', [Webhook.ofOptions({ url: 'a' }), Webhook.ofOptions({ url: 'b' })]],
    ['another factory', [Webhook.ofFactory(() => 'a'), Webhook.ofFactory(() => 'b')]],
    ['another import', [Webhook.ofImport(Settings.of('a')), Webhook.ofImport(Settings.of('b'))]],
    ['a value, as controllers', [Webhook.ofController('a'), Webhook.ofController('b')]],
    ['what a factory made', [Webhook.ofMade('a'), Webhook.ofMade('b')]],
    ['three values', ['a', 'b', 'c'].map((url) => Webhook.ofValue(url))],
  ])('all handle: %s', async (_name, imports) => {
    const warnings = await eventIn({ imports });
    expect(log).toEqual(['a', 'b', 'c'].slice(0, imports.length));
    expect(warnings).toEqual([]);
  });

  it.each<[string, DynamicModule[]]>([
    ['values', [Webhook.ofValue('a'), Webhook.ofValue('a')]],
    ['imports', [Webhook.ofImport(Settings.of('a')), Webhook.ofImport(Settings.of('a'))]],
  ])('handle once, with a warning, with the same %s', async (_name, imports) => {
    const warnings = await eventIn({ imports });
    expect(log).toEqual(['a']);
    expect(warnings).toEqual([
      'warn Hook.record: the class is registered in Webhook (providers) and in Webhook (providers). Its handlers run only in the first one. The same module is imported twice with the same configuration: import it once',
    ]);
  });

  it('do not make another module class handle that lists the class too', async () => {
    @Module({ providers: [{ provide: 'URL', useValue: 'c' }, Hook] })
    class Other {}
    const warnings = await eventIn({
      imports: [Webhook.ofValue('a'), Webhook.ofValue('b'), Other],
    });
    expect(log).toEqual(['a', 'b']);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('Webhook (providers) and in Other (providers)');
  });

  it('imported as the same object in two places handles once, without a warning', async () => {
    const hook = Webhook.ofValue('a');
    @Module({ imports: [hook] })
    class Inner {}
    expect(await eventIn({ imports: [hook, Inner] })).toEqual([]);
    expect(log).toEqual(['a']);
  });
});

it('objects that factories of one module make of one class all handle', async () => {
  const warnings = await eventIn({
    providers: [
      { provide: 'EU', useFactory: () => new Hook('eu') },
      { provide: 'US', useValue: new Hook('us') },
      { provide: 'SAME', useFactory: (eu: Hook) => eu, inject: ['EU'] },
    ],
  });
  expect(log).toEqual(['eu', 'us']);
  expect(warnings).toEqual([]);
});

describe('a lazily loaded module', () => {
  const lazy = () => Webhook.ofValue('lazy');

  it('handles when it was loaded while the application starts', async () => {
    @Injectable()
    class Loading implements OnModuleInit {
      constructor(private readonly loader: LazyModuleLoader) {}
      async onModuleInit(): Promise<void> {
        await this.loader.load(lazy);
      }
    }
    await eventIn({ providers: [Loading] });
    expect(log).toEqual(['lazy']);
  });

  it('fails its loading where its handlers cannot be bound', async () => {
    @Module({})
    class Wrong {
      @OnOpenEdxEvent<any>('org.example.unknown.v1')
      record(): void {}
    }
    @Injectable()
    class Loading implements OnModuleInit {
      constructor(private readonly loader: LazyModuleLoader) {}
      async onModuleInit(): Promise<void> {
        await this.loader.load(() => Wrong);
      }
    }
    await expect(start(rootModule({ providers: [Loading] }))).rejects.toMatchObject({
      problems: [{ setting: 'event of handler Wrong.record', found: 'org.example.unknown.v1' }],
    });
  });

  it('is warned of once, with what to do, when the bus consumes already', async () => {
    const logger = new KeptLog();
    const bus = EventBusModule.forRoot(busOptions({ logger }));
    const app = await NestFactory.createApplicationContext(rootModule({}, bus), { logger: false });
    const loader = app.get(LazyModuleLoader);
    const hook = lazy();
    await loader.load(() => hook);
    await loader.load(() => hook);
    await app.close();
    expect(logger.matching('Hook.record')).toEqual([
      'warn Hook.record: loaded after bus default started consuming, so these handlers receive no events. ' +
        'Import their module statically, or load it in onModuleInit or onApplicationBootstrap',
    ]);
  });
});
