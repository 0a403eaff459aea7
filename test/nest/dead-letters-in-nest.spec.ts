import {
  Catch,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type ExceptionFilter,
  Controller,
  Inject,
  Injectable,
  type NestInterceptor,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { NestFactory, REQUEST } from '@nestjs/core';
import { EventPattern, Payload } from '@nestjs/microservices';
import { tap } from 'rxjs';
import { DeadLetters } from '../../lib/dead-letters/index.js';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import { EventBusServer } from '../../lib/microservice/event-bus.server.js';
import { EventBusStatus } from '../../lib/observability/event-bus-status.js';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { MemoryBroker, memoryTransport } from '../../lib/transport/memory/index.js';
import { waitUntil } from '../support/wait-until.js';
import { busOptions, COUNTED, KeptLog, rootModule } from './support/bus-application.js';

const SECRET = 's3cret-of-a-learner';
let isDown = true;
const seen: string[] = [];

@Injectable()
class Guard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    seen.push(`guard ${context.getHandler().name}`);
    return true;
  }
}

@Injectable()
class Interceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(tap(() => seen.push('intercepted')));
  }
}

@Catch(RangeError)
class Filter implements ExceptionFilter {
  catch(error: RangeError): never {
    seen.push('filtered');
    throw error;
  }
}

@Injectable({ scope: Scope.REQUEST })
class Scoped {
  constructor(@Inject(REQUEST) private readonly request: object) {}

  @UseGuards(Guard)
  @UseInterceptors(Interceptor)
  @UseFilters(Filter)
  @OnOpenEdxEvent(COUNTED, { id: 'scoped' })
  handle({ n }: { n: number }): void {
    seen.push(`scoped ${n} ${typeof this.request}`);
    if (isDown) throw new RangeError('down');
  }
}

@Controller()
class Patterns {
  @EventPattern(COUNTED.type)
  handle(@Payload() { n }: { n: number }): void {
    seen.push(`pattern ${n}`);
    if (isDown) throw Object.assign(new Error('Request failed'), axios);
  }
}

const axios = {
  name: 'AxiosError',
  config: { data: SECRET, headers: { authorization: SECRET } },
  args: [SECRET],
  command: { name: 'auth', args: [SECRET] },
  response: { data: SECRET },
};

@Injectable()
class Quoting {
  private readonly thrown = [
    () => JSON.parse(`{"a":${SECRET}`) as unknown,
    () => new URL(`http://user:${SECRET}@`),
    () => BigInt(SECRET),
    () => 'x' in (SECRET as unknown as object),
    () => ((SECRET as unknown as { x: number }).x = 1),
    () => ((SECRET as unknown as { length: number }).length = 1),
    () => new Map([SECRET] as unknown as [string, string][]),
    () => Object.create(SECRET as unknown as object) as object,
    () => new Intl.DateTimeFormat('en', { timeZone: SECRET }),
    () => new Intl.NumberFormat('en', { style: 'unit', unit: SECRET }),
  ];

  @OnOpenEdxEvent(COUNTED, { id: 'quoting' })
  handle({ n }: { n: number }): void {
    if (isDown) this.thrown[n % this.thrown.length]!();
  }
}

async function all<T>(of: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of of) found.push(one);
  return found;
}

beforeEach(() => {
  isDown = true;
  seen.length = 0;
});

async function started(metadata: Parameters<typeof rootModule>[0], stack = false) {
  const broker = new MemoryBroker();
  const log = new KeptLog();
  const bus = EventBusModule.forRoot(
    busOptions({
      ...{ logger: log, retry: { attempts: 1 }, onFailure: 'deadLetter', deadLetter: { stack } },
      transport: memoryTransport({ broker }),
    }),
  );
  const app = await NestFactory.create(rootModule(metadata, bus), {
    ...{ logger: false, abortOnError: false },
  });
  const status = () => app.get(EventBusStatus).snapshot();
  return { app, broker, log, status };
}

it('a redrive runs guards, interceptors, filters, request scopes and @EventPattern handlers', async () => {
  const { app, status } = await started({ providers: [Scoped], controllers: [Patterns] });
  app.connectMicroservice({ strategy: app.get(EventBusServer) });
  await app.startAllMicroservices();
  await app.init();
  try {
    await app.get(EventBusProducer).send(COUNTED, { n: 1 });
    await waitUntil(() => status().counts.deadLettered === 1);
    const letters = app.get(DeadLetters);
    const handlers = [`@EventPattern(${COUNTED.type})`, 'scoped'];
    const [letter] = (await letters.list()).letters;
    expect(letter!.handlers.map(({ id }) => id).toSorted()).toEqual(handlers);
    expect(JSON.stringify(letter)).not.toContain(SECRET);
    seen.length = 0;
    const [again] = await all(letters.redrive({ topic: 'counted' }));
    expect(again).toMatchObject({ result: 'failedAgain' });
    expect(seen.toSorted()).toEqual([
      ...['filtered', 'guard handle', 'pattern 1', 'scoped 1 object'],
    ]);
    isDown = false;
    seen.length = 0;
    const [last] = await all(letters.redrive({ topic: 'counted' }));
    expect(last).toMatchObject({ result: 'handled', letter: { redrives: 1 } });
    expect(seen.toSorted()).toEqual([
      ...['guard handle', 'intercepted', 'pattern 1', 'scoped 1 object'],
    ]);
  } finally {
    await app.close();
  }
});

it('neither letters nor log lines hold what errors quote of their input', async () => {
  const { app, broker, log, status } = await started({ providers: [Quoting] }, true);
  await app.init();
  try {
    for (let n = 0; n < 10; n++) await app.get(EventBusProducer).send(COUNTED, { n });
    await waitUntil(() => status().counts.deadLettered === 10);
    const stored = broker.topic('counted-tests-dlq').partitions[0]!.all();
    const texts = stored.flatMap(({ record }) =>
      record.attributes.map(([name, bytes]) => `${name} ${Buffer.from(bytes ?? []).toString()}`),
    );
    expect(texts.filter((text) => text.includes(SECRET))).toEqual([]);
    expect(log.matching(SECRET)).toEqual([]);
    const redriven = await all(app.get(DeadLetters).redrive({ topic: 'counted' }));
    expect(redriven.filter(({ error }) => String(error?.stack).includes(SECRET))).toEqual([]);
  } finally {
    await app.close();
  }
});
