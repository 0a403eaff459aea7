import { type DynamicModule, Inject, Injectable, Module, Scope } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import { EventBusStatus } from '../../lib/observability/event-bus-status.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import type { FailureOptions } from '../../lib/settings/failure-settings.js';
import { waitUntil } from '../support/wait-until.js';
import { busOptions, COUNTED, KeptLog, rootModule } from './support/bus-application.js';
import { problemsOf, start } from './support/starting.js';

const failing = () => {
  throw new Error('boom');
};
const once = { attempts: 1, delayMs: 0 };

/** The error lines of an application whose handlers fail, after one event. */
async function linesOf(providers: readonly (new () => object)[], options = {}): Promise<string[]> {
  const logger = new KeptLog();
  const bus = EventBusModule.forRoot(busOptions({ logger, retry: once, ...options }));
  const root = rootModule({ providers: [...providers] }, bus);
  const app = await NestFactory.createApplicationContext(root, { logger: false });
  await app.get(EventBusProducer).send(COUNTED, { n: 1 });
  await waitUntil(() => app.get(EventBusStatus).snapshot().counts.failed === 1);
  await app.close();
  return logger.lines.filter((line) => line.startsWith('error '));
}

/** What is wrong with the start of an application with these handlers. */
const wrongWith = (...providers: (new () => object)[]) =>
  problemsOf(rootModule({ providers }, EventBusModule.forRoot(busOptions())));

describe('the id of a handler', () => {
  it('is Class.method, unless it is given; it stands in the error line', async () => {
    @Injectable()
    class Mailer {
      @OnOpenEdxEvent(COUNTED)
      plain(): void {
        failing();
      }
      @OnOpenEdxEvent(COUNTED, { id: 'crm.sync' })
      named(): void {
        failing();
      }
    }
    const [line] = await linesOf([Mailer]);
    expect(line).toMatch(/\n {2}Mailer\.plain: Error: boom/);
    expect(line).toMatch(/\n {2}crm\.sync: Error: boom/);
    expect(line).not.toContain('Mailer.named');
  });

  it('of each instance of a class comes from a function', async () => {
    @Injectable()
    class Webhook {
      constructor(@Inject('target') readonly target: string) {}
      @OnOpenEdxEvent(COUNTED, { id: (self) => `webhook.${(self as Webhook).target}` })
      call(): void {
        failing();
      }
    }
    @Module({})
    class Webhooks {
      static to(target: string): DynamicModule {
        return { module: Webhooks, providers: [Webhook, { provide: 'target', useValue: target }] };
      }
    }
    const logger = new KeptLog();
    const bus = EventBusModule.forRoot(busOptions({ logger, retry: once }));
    @Module({ imports: [bus, Webhooks.to('a'), Webhooks.to('b')] })
    class Root {}
    const app = await NestFactory.createApplicationContext(Root, { logger: false });
    await app.get(EventBusProducer).send(COUNTED, { n: 1 });
    await waitUntil(() => app.get(EventBusStatus).snapshot().counts.failed === 1);
    await app.close();
    const text = logger.lines.join('\n');
    expect(text).toMatch(/\n {2}webhook\.a: Error: boom\n[^]*\n {2}webhook\.b: Error: boom/);
  });

  it('is not shared by two methods of one group', async () => {
    const made = () => {
      @Injectable()
      class Same {
        @OnOpenEdxEvent(COUNTED)
        handle(): void {}
      }
      return Same;
    };
    expect(await wrongWith(made(), made())).toEqual([
      {
        setting: 'id of handler Same.handle',
        found: expect.stringContaining('two methods with this id in group'),
        allowed: 'an id of its own for each: @OnOpenEdxEvent(EVENT, { id })',
      },
    ]);
    @Injectable()
    class First {
      @OnOpenEdxEvent(COUNTED, { id: 'sync' })
      one(): void {}
      @OnOpenEdxEvent(COUNTED, { id: 'sync', group: 'another group' })
      two(): void {}
    }
    await (await start(rootModule({ providers: [First] }))).close();
  });

  it.each([
    ['an empty string', '', 'an empty string'],
    ['a line break', 'a\nb', expect.any(String)],
    ['spaces around it', ' a', "' a'"],
    ['201 characters', 'a'.repeat(201), expect.any(String)],
    ['something else', 4 as unknown as string, '4'],
    ['a function that gives nothing', () => undefined as unknown as string, 'not set'],
    [
      'a function that throws',
      () => {
        throw new Error('no id');
      },
      'a function that throws: no id',
    ],
  ])('with %s fails the start', async (_what, id, found) => {
    @Injectable()
    class Handler {
      @OnOpenEdxEvent(COUNTED, { id })
      handle(): void {}
    }
    expect(await wrongWith(Handler)).toEqual([
      {
        setting: 'id of handler Handler.handle',
        found,
        allowed: expect.stringContaining('a string of 1 to 200 characters'),
      },
    ]);
  });

  it('of a request-scoped handler cannot come from a function', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Handler {
      @OnOpenEdxEvent(COUNTED, { id: () => 'x' })
      handle(): void {}
    }
    expect(await wrongWith(Handler)).toEqual([
      {
        setting: 'id of handler Handler.handle',
        found: 'a function, although the class is request-scoped or transient',
        allowed: 'a string, because there is no instance when the application starts',
      },
    ]);
  });
});

describe('failure options of handlers', () => {
  it('each handler is retried as its own options say, and an HTTP 400 is not', async () => {
    const attempts = { own: 0, rejected: 0 };
    @Injectable()
    class Handlers {
      @OnOpenEdxEvent(COUNTED, { retry: { attempts: 4 } })
      own(): void {
        attempts.own++;
        failing();
      }
      @OnOpenEdxEvent(COUNTED, {
        retry: { attempts: 4 },
        classify: (error) => ((error as { status?: number }).status === 400 ? 'fail' : undefined),
      })
      rejected(): void {
        attempts.rejected++;
        throw Object.assign(new Error('bad request'), { status: 400 });
      }
    }
    await linesOf([Handlers]);
    expect(attempts).toEqual({ own: 4, rejected: 1 });
  });

  it('halt goes before log where handlers of one event differ, and keeps the event', async () => {
    const logger = new KeptLog();
    @Injectable()
    class Handlers {
      @OnOpenEdxEvent(COUNTED)
      logged(): void {
        failing();
      }
      @OnOpenEdxEvent(COUNTED, { onFailure: 'halt' })
      halting(): void {
        failing();
      }
    }
    const options = busOptions({ logger, retry: once, onFatal: 'report' });
    const root = rootModule({ providers: [Handlers] }, EventBusModule.forRoot(options));
    const app = await NestFactory.createApplicationContext(root, { logger: false });
    await app.get(EventBusProducer).send(COUNTED, { n: 1 });
    const status = app.get(EventBusStatus);
    await waitUntil(() => status.snapshot().state === 'failed');
    expect(status.snapshot().counts).toMatchObject({ handled: 0, failed: 1 });
    expect(status.snapshot().error).toMatchObject({ code: 'HALTED' });
    await app.close();
  });

  it.each<[string, FailureOptions, string]>([
    ['retry.attempts', { retry: { attempts: 0 } }, 'an integer >= 1'],
    ['retry.factor', { retry: { factor: 0.5 } }, 'a number >= 1'],
    ['retry.jitter', { retry: { jitter: 2 } }, 'a number from 0 to 1'],
    ['onFailure', { onFailure: 'stop' as 'halt' }, 'log, deadLetter or halt'],
    [
      'classify',
      { classify: 'fail' as never },
      "a function that returns 'retry', 'fail' or 'halt'",
    ],
  ])('%s is checked at the start', async (option, options, allowed) => {
    @Injectable()
    class Handler {
      @OnOpenEdxEvent(COUNTED, options)
      handle(): void {}
    }
    const problems = await wrongWith(Handler);
    expect(problems).toEqual([
      { setting: `handler Handler.handle: ${option}`, found: expect.any(String), allowed },
    ]);
    const topics = { seen: options };
    const ofTopic = await problemsOf(
      rootModule({}, EventBusModule.forRoot(busOptions({ topics }))),
    );
    expect(ofTopic).toEqual([
      { setting: `topics.seen.${option}`, found: expect.any(String), allowed },
    ]);
  });
});
