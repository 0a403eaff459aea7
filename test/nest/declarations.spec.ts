import { Injectable, Module } from '@nestjs/common';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import { defineEvent } from '../../lib/events/event-definition.js';
import { string } from '../../lib/events/fields.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { MemoryBroker, memoryTransport } from '../../lib/transport/memory/index.js';
import { waitUntil } from '../support/wait-until.js';
import { busOptions, COUNTED, rootModule } from './support/bus-application.js';
import { problemsOf, start } from './support/starting.js';

const log: string[] = [];
beforeEach(() => void (log.length = 0));

describe('events of your own', () => {
  const NAMED = defineEvent({ type: 'org.example.tests.named.v1', data: { name: string() } });

  @Injectable()
  class NameHandler {
    @OnOpenEdxEvent(NAMED, { topic: 'names' })
    handle({ name }: { name: string }): void {
      log.push(name);
    }
  }

  it('are known by forFeature, given as often as you like', async () => {
    @Module({ imports: [EventBusModule.forFeature([NAMED])], providers: [NameHandler] })
    class FeatureModule {}
    const app = await start(
      rootModule({ imports: [FeatureModule, EventBusModule.forFeature([NAMED])] }),
    );
    await app.get(EventBusProducer).send(NAMED, { name: 'x' }, { topic: 'names' });
    await waitUntil(() => log.length > 0);
    await app.close();
    expect(log).toEqual(['x']);
  });

  it('are refused where the type means another event already', async () => {
    const IMPOSTOR = defineEvent({ type: COUNTED.type, data: { other: string() } });
    const feature = EventBusModule.forFeature([IMPOSTOR]);
    expect(await problemsOf(rootModule({ imports: [feature] }))).toMatchObject([
      { setting: `event ${COUNTED.type}` },
    ]);
  });

  it('a handler of a definition that is not the one of its type is refused', async () => {
    const IMPOSTOR = defineEvent({ type: COUNTED.type, data: { other: string() } });
    @Injectable()
    class Wrong {
      @OnOpenEdxEvent(IMPOSTOR)
      handle(): void {
        log.push('never');
      }
    }
    expect(await problemsOf(rootModule({ providers: [Wrong] }))).toMatchObject([
      { setting: 'event of handler Wrong.handle' },
    ]);
  });
});

describe('handlers that could never run', () => {
  it('are listed in one error, each with what would help', async () => {
    @Injectable()
    class Broken {
      @OnOpenEdxEvent<any>('org.openedx.learning.certificate.create.v1', { topic: 't' })
      misspelt(): void {
        log.push('never');
      }
      @OnOpenEdxEvent<any>('org.*.created.v1', { topic: 't' })
      wildcardInTheMiddle(): void {
        log.push('never');
      }
      @OnOpenEdxEvent<any>('org.nobody.*', { topic: 't' })
      matchesNothing(): void {
        log.push('never');
      }
      @OnOpenEdxEvent(COUNTED, { bus: 'elsewhere' })
      onNoBus(): void {
        log.push('never');
      }
      @OnOpenEdxEvent('org.openedx.learning.user.notification.requested.v1', { topic: 't' })
      fine(): void {
        log.push('never');
      }
    }
    const bus = EventBusModule.forRoot(busOptions({ group: undefined }));
    const problems = await problemsOf(rootModule({ providers: [Broken] }, bus));
    expect(problems).toEqual([
      {
        setting: 'group of handler Broken.misspelt',
        found: 'not set',
        allowed: expect.stringContaining('`group`'),
      },
      {
        setting: 'event of handler Broken.misspelt',
        found: 'org.openedx.learning.certificate.create.v1',
        allowed: expect.stringContaining(
          'did you mean org.openedx.learning.certificate.created.v1',
        ),
      },
      expect.objectContaining({ setting: 'group of handler Broken.wildcardInTheMiddle' }),
      expect.objectContaining({ setting: 'event of handler Broken.wildcardInTheMiddle' }),
      expect.objectContaining({ setting: 'group of handler Broken.matchesNothing' }),
      expect.objectContaining({
        setting: 'event of handler Broken.matchesNothing',
        found: 'org.nobody.*',
      }),
      {
        setting: 'bus of handler Broken.onNoBus',
        found: 'elsewhere',
        allowed: expect.stringContaining('default'),
      },
      expect.objectContaining({ setting: 'group of handler Broken.fine' }),
    ]);
  });

  it('with options that do not exist are named, each with the one that was meant', async () => {
    const misspelt = { topics: ['t'], groups: 'g', onFailur: 'halt', idempotant: true } as object;
    @Injectable()
    class Misspelt {
      @OnOpenEdxEvent(COUNTED, misspelt)
      handle(): void {
        log.push('never');
      }
    }
    const problem = (option: string, meant: string) => ({
      setting: `handler Misspelt.handle: ${option}`,
      found: 'an option that does not exist',
      allowed: `a known option (did you mean ${meant}?)`,
    });
    expect(await problemsOf(rootModule({ providers: [Misspelt] }))).toEqual([
      problem('topics', 'topic'),
      problem('groups', 'group'),
      problem('onFailur', 'onFailure'),
      problem('idempotant', 'idempotent'),
    ]);
  });

  it('for want of a topic are named', async () => {
    @Injectable()
    class NoTopic {
      @OnOpenEdxEvent('org.openedx.learning.idv_attempt.created.v1')
      handle(): void {
        log.push('never');
      }
    }
    expect(await problemsOf(rootModule({ providers: [NoTopic] }))).toMatchObject([
      { setting: 'topic of handler NoTopic.handle' },
    ]);
  });

  it('for an event that cannot travel are refused', async () => {
    const { OPEN_EDX_EVENTS } = await import('../../lib/events/catalog/open-edx-events.js');
    const { codecFor } = await import('../../lib/codec/event-codec.js');
    const stuck = OPEN_EDX_EVENTS.filter((event) => {
      try {
        return !codecFor(event);
      } catch {
        return true;
      }
    });
    expect(stuck).toHaveLength(2);
    @Injectable()
    class Stuck {
      @OnOpenEdxEvent<any>(stuck, { topic: 't' })
      handle(): void {
        log.push('never');
      }
    }
    const problems = await problemsOf(rootModule({ providers: [Stuck] }));
    expect(problems.map(({ found }) => found)).toEqual(stuck.map(({ type }) => type));
  });

  it('keep nothing open when the application does not start', async () => {
    @Injectable()
    class NoTopic {
      @OnOpenEdxEvent('org.openedx.learning.idv_attempt.created.v1')
      handle(): void {
        log.push('never');
      }
    }
    const broker = new MemoryBroker();
    const states: string[] = [];
    const factory = memoryTransport({ broker });
    const watched = Object.assign(
      async (host: Parameters<typeof factory>[0]) => {
        const parts = await factory(host);
        parts.transport.status$.subscribe(({ state }) => states.push(state));
        return parts;
      },
      { transportName: 'memory' },
    );
    const bus = EventBusModule.forRoot(busOptions({ transport: watched }));
    await problemsOf(rootModule({ providers: [NoTopic] }, bus));
    expect(states.at(-1)).toBe('closed');
  });
});

it('a group without topics reads the one that the platform sends the event to', async () => {
  const CERTIFIED = 'org.openedx.learning.certificate.created.v1';
  @Injectable()
  class Certified {
    @OnOpenEdxEvent(CERTIFIED)
    handle(): void {
      log.push('certified');
    }
  }
  const app = await start(rootModule({ providers: [Certified] }));
  const user = { id: 1, is_active: true, pii: { username: 'u', email: 'u@example.org' } };
  const course = { course_key: 'course-v1:a+b+c' };
  const texts = { mode: '', grade: '', download_url: '', name: '', current_status: '' };
  await app
    .get(EventBusProducer)
    .send(
      CERTIFIED,
      { certificate: { user, course, ...texts } },
      { topic: 'learning-certificate-lifecycle' },
    );
  await waitUntil(() => log.length > 0);
  await app.close();
  expect(log).toEqual(['certified']);
});

describe('one method under several declarations', () => {
  it('runs once for an event that several of them match', async () => {
    @Injectable()
    class Overlapping {
      @OnOpenEdxEvent('*')
      @OnOpenEdxEvent(['org.example.*', COUNTED], { topic: 'counted' })
      handle({ n }: { n: number }): void {
        log.push(`handled ${n}`);
      }
    }
    const app = await start(rootModule({ providers: [Overlapping] }));
    const producer = app.get(EventBusProducer);
    await producer.send(COUNTED, { n: 1 });
    await producer.send(COUNTED, { n: 2 });
    await waitUntil(() => log.includes('handled 2'));
    await app.close();
    expect(log).toEqual(['handled 1', 'handled 2']);
  });
});
