import {
  type ArgumentsHost,
  type CallHandler,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  HttpException,
  HttpStatus,
  Injectable,
  type NestInterceptor,
  type Provider,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, HttpAdapterHost, NestFactory } from '@nestjs/core';
import { catchError, EMPTY, of, throwError } from 'rxjs';
import { markUnrecoverable } from '../../lib/consuming/handlers/handler-result.js';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import { EventBusStatus } from '../../lib/observability/event-bus-status.js';
import { EventBusTestKit } from '../../lib/testing/event-bus-test-kit.js';
import { busOptions, COUNTED, KeptLog, rootModule } from './support/bus-application.js';

/** Nest's documentation, "Catch everything". */
@Catch()
class CatchEverythingFilter implements ExceptionFilter {
  constructor(private readonly httpAdapterHost: HttpAdapterHost) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const { httpAdapter } = this.httpAdapterHost;
    const ctx = host.switchToHttp();
    const httpStatus =
      exception instanceof HttpException ? exception.getStatus() : HttpStatus.INTERNAL_SERVER_ERROR;
    const responseBody = {
      statusCode: httpStatus,
      timestamp: new Date().toISOString(),
      path: httpAdapter.getRequestUrl(ctx.getRequest()) as unknown,
    };
    httpAdapter.reply(ctx.getResponse(), responseBody, httpStatus);
  }
}
Reflect.defineMetadata('design:paramtypes', [HttpAdapterHost], CatchEverythingFilter);

const broken = new Error('broken');
const mapped = new Error('mapped');

const filterOf = (run: (error: unknown) => unknown): ExceptionFilter => {
  @Catch()
  class Filter implements ExceptionFilter {
    catch = (error: unknown): unknown => run(error);
  }
  return new Filter();
};
const global = (run: (error: unknown) => unknown): Provider => ({
  provide: APP_FILTER,
  useValue: filterOf(run),
});

interface Outcome {
  readonly error: unknown;
  readonly attempts: number;
  readonly failed: number;
  readonly lines: readonly string[];
}

async function outcomeOf(
  thrown: Error,
  enhanced: { class?: ClassDecorator; method?: MethodDecorator; providers?: Provider[] },
): Promise<Outcome> {
  const none = () => undefined;
  let attempts = 0;
  @(enhanced.class ?? none)
  @Injectable()
  class Host {
    @(enhanced.method ?? none)
    @OnOpenEdxEvent<any>(COUNTED)
    record(): void {
      attempts++;
      throw thrown;
    }
  }
  const logger = new KeptLog();
  const bus = EventBusModule.forRoot(busOptions({ logger, retry: { attempts: 2, delayMs: 1 } }));
  const root = rootModule({ providers: [Host, ...(enhanced.providers ?? [])] }, bus);
  const app = await (await NestFactory.create(root, { logger: false, abortOnError: false })).init();
  const error: unknown = await EventBusTestKit.of(app)
    .emit(COUNTED, { n: 1 }, { timeout: 30_000 })
    .then(
      () => undefined,
      (e: unknown) => e,
    );
  const failed = app.get(EventBusStatus).snapshot().consecutiveErrors;
  await app.close();
  return { error, attempts, failed, lines: logger.matching('error ') };
}

const causeOf = (error: unknown): unknown =>
  (error as { failures?: readonly { error: unknown }[] } | undefined)?.failures?.[0]?.error;

describe('a global filter', () => {
  it.each([false, true])(
    'written for HTTP hides neither the error nor that it is permanent: %s',
    async (isUnrecoverable) => {
      const own = isUnrecoverable ? markUnrecoverable(new Error('own')) : new Error('own');
      const { error, attempts, lines } = await outcomeOf(own, {
        providers: [{ provide: APP_FILTER, useClass: CatchEverythingFilter }],
      });
      expect(causeOf(error)).toBe(own);
      expect(attempts).toBe(isUnrecoverable ? 1 : 2);
      const [line] = lines.filter((one) => one.includes('a global filter'));
      expect(line).toContain('TypeError');
      expect(line).toContain('Host.record');
      expect(line).toContain("The handler's error: Error: own");
      expect(lines.filter((one) => one.includes('Event failed'))).toHaveLength(1);
    },
  );

  it.each<[string, (error: unknown) => unknown]>([
    ['a value', () => 'handled'],
    ['null', () => null],
    ['a promise', async () => 'handled'],
    ['an Observable', () => of('handled')],
    ['an empty Observable', () => EMPTY],
    ['a promise of an Observable', async () => of('handled')],
  ])('that returns %s settles nothing, and that is logged', async (_what, run) => {
    const { error, failed, lines } = await outcomeOf(broken, { providers: [global(run)] });
    expect(causeOf(error)).toBe(broken);
    expect(failed).toBe(1);
    expect(lines.filter((one) => one.includes('a global filter')).join()).toContain(
      'a global filter returned a value, which does not change whether the event is acknowledged or retried',
    );
  });

  it.each<[string, (error: unknown) => unknown]>([
    ['rejects', async () => Promise.reject(mapped)],
    ['returns an erring Observable', () => throwError(() => mapped)],
    [
      'throws a text',
      () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- what a filter may do
        throw 'text';
      },
    ],
    ['never ends', () => new Promise(() => undefined)],
  ])('that %s changes nothing', async (_what, run) => {
    const { error, attempts } = await outcomeOf(markUnrecoverable(broken), {
      providers: [global(run)],
    });
    expect(causeOf(error)).toBe(broken);
    expect(attempts).toBe(1);
  });

  it('that passes the error on is not logged', async () => {
    const passing = (error: unknown): never => {
      throw error;
    };
    const { lines } = await outcomeOf(broken, { providers: [global(passing)] });
    expect(lines.filter((one) => one.includes('global filter'))).toEqual([]);
  });
});

describe.each(['class', 'method'] as const)('a filter on the %s of the handler', (place) => {
  const outcome = (thrown: Error, run: (error: unknown) => unknown) =>
    outcomeOf(thrown, {
      [place]: UseFilters(filterOf(run)),
      providers: [global(() => Promise.reject(new Error('not asked')))],
    });

  it.each<[string, () => unknown]>([
    ['a value', () => 'handled'],
    ['a promise of nothing', async () => undefined],
    ['an empty Observable', () => EMPTY],
  ])('settles by returning %s', async (_what, run) => {
    const { error, attempts, failed } = await outcome(new Error('own'), run);
    expect({ error, attempts, failed }).toEqual({ error: undefined, attempts: 1, failed: 0 });
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('mapped');
      },
    ],
    ['rejects', async () => Promise.reject(new Error('mapped'))],
    ['returns an erring Observable', () => throwError(() => new Error('mapped'))],
  ])('that %s maps the error: both are logged, permanent stays', async (_what, run) => {
    const { error, attempts, lines } = await outcome(markUnrecoverable(new Error('own')), run);
    expect(causeOf(error)).toMatchObject({ message: 'mapped' });
    expect(attempts).toBe(1);
    const text = lines.join('\n');
    expect(text).toContain('Error: own');
    expect(text).toContain('Error: mapped');
  });
});

describe('an interceptor written for HTTP', () => {
  @Injectable()
  class Logging implements NestInterceptor {
    intercept(context: ExecutionContext, next: CallHandler) {
      const response = context.switchToHttp().getResponse<{ status(n: number): void }>();
      return next.handle().pipe(
        catchError((error: unknown) => {
          response.status(500);
          return throwError(() => error);
        }),
      );
    }
  }

  it.each<[string, Parameters<typeof outcomeOf>[1]]>([
    ['of the application', { providers: [{ provide: APP_INTERCEPTOR, useClass: Logging }] }],
    ['of the class', { class: UseInterceptors(Logging) }],
  ])('%s hides neither the error nor that it is permanent', async (_where, enhanced) => {
    const { attempts, lines } = await outcomeOf(markUnrecoverable(new Error('own')), enhanced);
    expect(attempts).toBe(1);
    const text = lines.join('\n');
    expect(text).toContain('Error: own');
    expect(text).toContain('TypeError');
  });
});
