import { Injectable, Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import {
  InjectEventBusStatus,
  InjectEventBusProducer,
} from '../../lib/decorators/parameter.decorators.js';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { getEventBusSettingsToken } from '../../lib/event-bus.constants.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import { EventBusStatus } from '../../lib/observability/event-bus-status.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import type { ResolvedSettings } from '../../lib/settings/event-bus-settings.js';
import { waitUntil } from '../support/wait-until.js';
import { busOptions, COUNTED, KeptLog, rootModule } from './support/bus-application.js';
import { problemsOf, start } from './support/starting.js';

const log: string[] = [];
beforeEach(() => void (log.length = 0));

@Injectable()
class Handler {
  @OnOpenEdxEvent(COUNTED)
  handle({ n }: { n: number }): void {
    log.push(`handled ${n}`);
  }
}

describe('two buses', () => {
  it('N-05: each has its own broker, producer, status and handlers', async () => {
    @Injectable()
    class Both {
      constructor(
        readonly first: EventBusProducer,
        @InjectEventBusProducer('second') readonly second: EventBusProducer,
        readonly firstStatus: EventBusStatus,
        @InjectEventBusStatus('second') readonly secondStatus: EventBusStatus,
      ) {}
      @OnOpenEdxEvent(COUNTED)
      onFirst({ n }: { n: number }): void {
        log.push(`first ${n}`);
      }
      @OnOpenEdxEvent(COUNTED, { bus: 'second' })
      onSecond({ n }: { n: number }): void {
        log.push(`second ${n}`);
      }
    }
    const second = EventBusModule.forRootAsync({
      name: 'second',
      useFactory: () => busOptions({ group: 'others' }),
    });
    const app = await start(rootModule({ imports: [second], providers: [Both] }));
    const both = app.get(Both);
    await both.first.send(COUNTED, { n: 1 });
    await both.second.send(COUNTED, { n: 2 });
    await waitUntil(() => log.length > 1);
    await app.close();
    expect(log.sort()).toEqual(['first 1', 'second 2']);
    expect(both.firstStatus.snapshot()).toMatchObject({ bus: 'default', counts: { handled: 1 } });
    expect(both.secondStatus.snapshot()).toMatchObject({ bus: 'second', counts: { handled: 1 } });
  });

  it('N-05: two forRoot of one name are refused', async () => {
    const again = EventBusModule.forRoot(busOptions());
    expect(await problemsOf(rootModule({ imports: [again] }))).toContainEqual(
      expect.objectContaining({ found: 'two buses named default' }),
    );
  });

  it.each(['the same module', 'the same options'])(
    'N-05: %s imported twice is one bus, and handles once',
    async (what) => {
      const options = busOptions();
      const first = EventBusModule.forRoot(options);
      const second = what === 'the same module' ? first : EventBusModule.forRoot(options);
      @Module({ imports: [second], providers: [Handler] })
      class FeatureModule {}
      const app = await start(rootModule({ imports: [FeatureModule] }, first));
      await app.get(EventBusProducer).send(COUNTED, { n: 1 });
      await waitUntil(() => log.length > 0);
      await app.close();
      expect(log).toEqual(['handled 1']);
    },
  );
});

describe('where options come from', () => {
  const settingsOf = async (module: new () => object): Promise<ResolvedSettings> => {
    const app = await start(module);
    await app.close();
    return app.get<ResolvedSettings>(getEventBusSettingsToken(), { strict: false });
  };

  it('a factory with dependencies', async () => {
    const bus = EventBusModule.forRootAsync({
      imports: [ConfigModule.forRoot({ ignoreEnvFile: true, load: [() => ({ team: 'alpha' })] })],
      inject: [ConfigService],
      useFactory: (config: ConfigService) => busOptions({ group: config.getOrThrow('team') }),
    });
    expect(await settingsOf(rootModule({}, bus))).toMatchObject({ group: 'alpha', bus: 'default' });
  });

  it('a class', async () => {
    @Injectable()
    class Options {
      createEventBusOptions = async () => busOptions({ group: 'by class' });
    }
    const bus = EventBusModule.forRootAsync({ useClass: Options });
    expect(await settingsOf(rootModule({}, bus))).toMatchObject({ group: 'by class' });
  });

  it('a class that another module provides', async () => {
    @Injectable()
    class Options {
      createEventBusOptions = () => busOptions({ group: 'existing' });
    }
    @Module({ providers: [Options], exports: [Options] })
    class OptionsModule {}
    const bus = EventBusModule.forRootAsync({ imports: [OptionsModule], useExisting: Options });
    expect(await settingsOf(rootModule({}, bus))).toMatchObject({ group: 'existing' });
  });

  it('a global @nestjs/config gives the settings that the options leave out', async () => {
    const config = ConfigModule.forRoot({
      isGlobal: true,
      ignoreEnvFile: true,
      load: [() => ({ EVENT_BUS_TOPIC_PREFIX: 'from-config', EVENT_BUS_TRANSPORT: 'memory' })],
    });
    const bus = EventBusModule.forRoot({ logger: new KeptLog() });
    expect(await settingsOf(rootModule({ imports: [config] }, bus))).toMatchObject({
      topicPrefix: 'from-config',
      transport: 'memory',
    });
  });

  it('a factory that names another bus is refused', async () => {
    const bus = EventBusModule.forRootAsync({ useFactory: () => busOptions({ name: 'other' }) });
    expect(await problemsOf(rootModule({}, bus))).toMatchObject([{ found: "'other'" }]);
  });

  it('no transport at all is refused', async () => {
    const bus = EventBusModule.forRoot({ logger: new KeptLog() });
    expect(await problemsOf(rootModule({}, bus))).toMatchObject([
      { allowed: expect.stringContaining('memory') },
    ]);
  });
});
