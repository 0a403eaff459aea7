import { AsyncLocalStorage } from 'node:async_hooks';
import { ApplicationConfig, ExternalContextCreator } from '@nestjs/core';
import { isObservable, type Observable } from 'rxjs';
import { ServiceFaultError } from '../errors/index.js';
import { permanent } from './permanent.js';

/** One call of a handler, from its guards to its result. */
interface Call {
  readonly context: { readonly signal: AbortSignal };
  pipeRejected: boolean;
}

/** What we use of ExternalContextCreator beside its public method; the same in Nest 11 and 12. */
interface Internals {
  readonly container: object;
  readonly interceptorsConsumer: { intercept(...args: unknown[]): Promise<unknown> };
  createPipesFn(pipes: readonly unknown[], params: readonly Parameter[]): PipesFn | null;
  readonly pipesConsumer: { apply(...args: unknown[]): Promise<unknown> };
}

/** An argument of a handler, as Nest knows it. */
interface Parameter {
  readonly index: number;
  readonly pipes: readonly unknown[];
  extractValue(...params: unknown[]): unknown;
}

/** Fills the arguments of a call. */
type PipesFn = (args: unknown[], ...params: unknown[]) => unknown;

const calls = new AsyncLocalStorage<Call>();

/**
 * Nest's pipeline of guards, interceptors, pipes and filters for the handlers of one module.
 *
 * Nest looks a handler's module up among providers only, so that enhancers given as classes on
 * controllers would be skipped silently (nestjs/nest#11272: a denying guard did not run). Here the
 * module is given. A rejecting pipe is noted on the call, and an empty Observable is a result.
 */
export function pipelineOfModule(
  creator: ExternalContextCreator,
  moduleKey: string,
): ExternalContextCreator {
  const { pipesConsumer, interceptorsConsumer } = creator as unknown as Internals;
  const notingRejections: Internals['pipesConsumer'] = {
    async apply(...args) {
      try {
        return await pipesConsumer.apply(...args);
      } catch (error) {
        const call = calls.getStore();
        if (call && !(error instanceof ServiceFaultError)) call.pipeRejected = true;
        throw error;
      }
    },
  };
  return Object.create(creator, {
    getContextModuleKey: { value: () => moduleKey },
    getHostModuleKey: { value: () => moduleKey },
    pipesConsumer: { value: notingRejections },
    interceptorsConsumer: { value: { intercept: interceptWith(interceptorsConsumer) } },
    createPipesFn: { value: createPipesFn },
    transformToResult: { value: (result: unknown) => settled(result) },
  }) as ExternalContextCreator;
}

/** As Nest's, without the promises that it makes where there is no interceptor. */
function interceptWith(consumer: Internals['interceptorsConsumer']) {
  return (interceptors: readonly unknown[], ...rest: unknown[]): unknown => {
    const handler = rest[3] as () => unknown;
    return interceptors.length === 0 ? handler() : consumer.intercept(interceptors, ...rest);
  };
}

const nest = ExternalContextCreator.prototype as unknown as Internals;

/** As Nest's, without the promises that it makes for each argument where there is no pipe. */
function createPipesFn(
  this: Internals,
  pipes: readonly unknown[],
  params: readonly Parameter[],
): PipesFn | null {
  const hasPipes = pipes.length > 0 || params.some((param) => param.pipes.length > 0);
  if (hasPipes || params.length === 0) return nest.createPipesFn.call(this, pipes, params);
  return (args, ...given) => {
    const waits: Promise<void>[] = [];
    for (const param of params) {
      const value = param.extractValue(...given);
      if (!isThenable(value)) args[param.index] = value;
      else waits.push(Promise.resolve(value).then((late) => void (args[param.index] = late)));
    }
    return waits.length > 0 ? Promise.all(waits) : undefined;
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/** A creator that leaves the application's global guards, pipes, interceptors and filters out. */
export function withoutGlobalEnhancers(creator: ExternalContextCreator): ExternalContextCreator {
  const { container } = creator as unknown as Internals;
  const bare: object = Object.create(container, {
    applicationConfig: { value: new ApplicationConfig() },
  }) as object;
  const make = ExternalContextCreator as unknown as {
    fromContainer(container: object): ExternalContextCreator;
  };
  return make.fromContainer(bare);
}

/**
 * Runs one call to its end, whatever it returns. Rejects with the handler's own error, which is
 * marked permanent when a pipe refused the event.
 */
export async function runToEnd(context: Call['context'], run: () => unknown): Promise<void> {
  const call: Call = { context, pipeRejected: false };
  try {
    const result = await calls.run(call, run);
    if (isObservable(result)) await calls.run(call, () => settled(result));
  } catch (error) {
    if (call.pipeRejected) throw permanent(error) as Error;
    throw error;
  }
}

/** An Observable is subscribed until it completes, or until the call is aborted. */
function settled(result: unknown): unknown {
  return isObservable(result) ? lastOf(result, calls.getStore()?.context.signal) : result;
}

function lastOf(source: Observable<unknown>, signal: AbortSignal | undefined): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let last: unknown;
    const aborted = () => {
      subscription.unsubscribe();
      reject(signal?.reason as Error);
    };
    const done = () => signal?.removeEventListener('abort', aborted);
    const subscription = source.subscribe({
      next: (value) => (last = value),
      error: (error: Error) => {
        done();
        reject(error);
      },
      complete: () => {
        done();
        resolve(last);
      },
    });
    if (signal?.aborted) aborted();
    else if (!subscription.closed) signal?.addEventListener('abort', aborted, { once: true });
  });
}
