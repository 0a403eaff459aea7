import {
  BadRequestException,
  Catch,
  type ExceptionFilter,
  Injectable,
  type PipeTransform,
  UseFilters,
  UsePipes,
  ValidationPipe,
} from '@nestjs/common';
import { Ctx, Payload, RpcException } from '@nestjs/microservices';
import { IsInt } from 'class-validator';
import { EMPTY, NEVER, Observable, of, throwError } from 'rxjs';
import { OpenEdxEventContext } from '../../lib/consuming/handlers/event-context.js';
import { isUnrecoverable } from '../../lib/consuming/handlers/handler-result.js';
import { EventMeta } from '../../lib/decorators/parameter.decorators.js';
import { OnOpenEdxEvent } from '../../lib/decorators/on-open-edx-event.decorator.js';
import { ServiceUnavailableError } from '../../lib/errors/index.js';
import type { EventMetadata } from '../../lib/events/event-metadata.js';
import { eventContext, HandlerHarness, TYPE } from './support/handler-harness.js';

async function outcomeOf(
  handle: (data: unknown) => unknown,
  context = eventContext(),
): Promise<{ error?: unknown }> {
  @Injectable()
  class Host {
    @OnOpenEdxEvent<any>(TYPE)
    handle(data: unknown): unknown {
      return handle(data);
    }
  }
  return outcome(Host, {}, context);
}

async function outcome(
  host: new (...args: never[]) => object,
  data: unknown,
  context = eventContext(),
): Promise<{ error?: unknown }> {
  const harness = await HandlerHarness.of({ providers: [host] });
  try {
    await harness.call(data, undefined, context);
    return {};
  } catch (error) {
    return { error };
  } finally {
    await harness.close();
  }
}

describe('what a handler returns', () => {
  it('a promise is waited for', async () => {
    let done = false;
    await outcomeOf(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      done = true;
    });
    expect(done).toBe(true);
  });

  it('an Observable is subscribed once and waited for', async () => {
    let subscribed = 0;
    let completed = false;
    const result = await outcomeOf(
      () =>
        new Observable((subscriber) => {
          subscribed++;
          subscriber.next(1);
          setImmediate(() => {
            completed = true;
            subscriber.complete();
          });
        }),
    );
    expect({ result, subscribed, completed }).toEqual({
      result: {},
      subscribed: 1,
      completed: true,
    });
  });

  it('a promise of an Observable is subscribed', async () => {
    const mine = new Error('mine');
    expect(await outcomeOf(async () => throwError(() => mine))).toEqual({ error: mine });
  });

  it('EMPTY is success', async () => {
    expect(await outcomeOf(() => EMPTY)).toEqual({});
  });

  it('N-07: an Observable that never ends ends with the signal, and is unsubscribed', async () => {
    const abort = new AbortController();
    const timeout = new Error('handler timeout');
    let unsubscribed = false;
    const result = outcomeOf(
      () => {
        setImmediate(() => abort.abort(timeout));
        return new Observable((subscriber) => {
          subscriber.add(NEVER.subscribe());
          subscriber.add(() => (unsubscribed = true));
        });
      },
      eventContext({ signal: abort.signal }),
    );
    expect(await result).toEqual({ error: timeout });
    expect(unsubscribed).toBe(true);
  });
});

describe('what a handler throws', () => {
  it.each([
    ['an error of its own', new (class Mine extends TypeError {})('mine')],
    ['an RpcException', new RpcException('rpc')],
    ['a text', 'just text'],
    ['undefined', undefined],
  ])('N-07: %s comes back unchanged, and may be tried again', async (_name, thrown) => {
    for (const handle of [
      () => {
        throw thrown as Error;
      },
      async () => {
        throw thrown as Error;
      },
      () => throwError(() => thrown),
    ]) {
      const result = await outcomeOf(handle);
      expect('error' in result).toBe(true);
      expect(result.error).toBe(thrown);
      expect(isUnrecoverable(result.error)).toBe(false);
    }
  });

  it('a BadRequestException from the handler itself is not a pipe rejection', async () => {
    const { error } = await outcomeOf(() => {
      throw new BadRequestException('from the handler');
    });
    expect(isUnrecoverable(error)).toBe(false);
  });
});

class Enrolment {
  @IsInt()
  seats!: number;
}

function hostWithPipe(pipe: PipeTransform): new () => object {
  @Injectable()
  @UsePipes(pipe)
  class Host {
    @OnOpenEdxEvent<any>(TYPE)
    handle(data: Enrolment): Enrolment {
      return data;
    }
  }
  return Host;
}

const throwing = (thrown: unknown): PipeTransform => ({
  transform() {
    throw thrown;
  },
});

describe('what a pipe refuses', () => {
  it('N-01: a rejection by ValidationPipe is permanent, and keeps its error', async () => {
    const host = hostWithPipe(new ValidationPipe());
    const { error } = await outcome(host, { seats: 'many' });
    expect(error).toBeInstanceOf(BadRequestException);
    expect(isUnrecoverable(error)).toBe(true);
    expect(await outcome(host, { seats: 3 })).toEqual({});
  });

  it('N-01: any error of any pipe is permanent', async () => {
    const mine = new Error('no such course');
    const { error } = await outcome(hostWithPipe(throwing(mine)), {});
    expect(error).toBe(mine);
    expect(isUnrecoverable(error)).toBe(true);
  });

  it('a thrown value that cannot be marked is wrapped', async () => {
    const { error } = await outcome(hostWithPipe(throwing('a text')), {});
    expect(isUnrecoverable(error)).toBe(true);
    expect((error as Error).cause).toBe('a text');
  });

  it('an error that a filter makes of it is permanent too', async () => {
    const mapped = new RpcException('mapped');
    @Catch()
    class MappingFilter implements ExceptionFilter {
      catch = () => throwError(() => mapped);
    }
    @Injectable()
    @UsePipes(throwing(new Error('first')))
    @UseFilters(new MappingFilter())
    class Host {
      @OnOpenEdxEvent<any>(TYPE)
      handle(data: Enrolment): Enrolment {
        return data;
      }
    }
    const { error } = await outcome(Host, {});
    expect(error).toBe(mapped);
    expect(isUnrecoverable(error)).toBe(true);
  });

  it('a service that a pipe needs and cannot reach is not a refusal', async () => {
    const fault = new ServiceUnavailableError('the course service', 'is away');
    const { error } = await outcome(hostWithPipe(throwing(fault)), {});
    expect(error).toBe(fault);
    expect(isUnrecoverable(error)).toBe(false);
  });
});

describe('the arguments of a handler', () => {
  const context = eventContext();
  const data = { user: 7, course: 'course-v1:a+b+c' };

  async function argumentsOf(host: new (...args: never[]) => object): Promise<unknown[]> {
    seen.length = 0;
    expect(await outcome(host, data, context)).toEqual({});
    return [...seen];
  }
  const seen: unknown[] = [];

  it('without parameter decorators are the data and the context', async () => {
    @Injectable()
    class Host {
      @OnOpenEdxEvent<any>(TYPE)
      handle(...args: unknown[]): void {
        seen.push(...args);
      }
    }
    expect(await argumentsOf(Host)).toEqual([data, context]);
  });

  it('are what parameter decorators ask for', async () => {
    @Injectable()
    class Host {
      @OnOpenEdxEvent<any>(TYPE)
      handle(
        @EventMeta('id') id: string,
        @Payload('course') course: string,
        @Ctx() ctx: OpenEdxEventContext,
        @EventMeta() metadata: EventMetadata,
        @Payload() all: unknown,
      ): void {
        seen.push(id, course, ctx, metadata, all);
      }
    }
    const { metadata } = context;
    expect(await argumentsOf(Host)).toEqual([metadata.id, data.course, context, metadata, data]);
  });

  it('of an overriding method are its own, not those of the method it overrides', async () => {
    class Base {
      @OnOpenEdxEvent<any>(TYPE)
      handle(@Payload('user') user: unknown): void {
        seen.push(user);
      }
    }
    @Injectable()
    class Host extends Base {
      @OnOpenEdxEvent<any>(TYPE)
      override handle(all: unknown): void {
        seen.push(all);
      }
    }
    expect(await argumentsOf(Host)).toEqual([data]);
  });

  it('is undefined for a field of data that is not there', async () => {
    @Injectable()
    class Host {
      @OnOpenEdxEvent<any>(TYPE)
      handle(@Payload('nothing') nothing: unknown): void {
        seen.push(nothing);
      }
    }
    expect(await argumentsOf(Host)).toEqual([undefined]);
  });

  it('a result of of() does not matter', async () => {
    expect(await outcomeOf(() => of(1, 2, 3))).toEqual({});
  });
});
