import { AsyncLocalStorage } from 'node:async_hooks';
import { ApplicationConfig, ExternalContextCreator } from '@nestjs/core';
import { isObservable, type Observable } from 'rxjs';
import { ServiceFaultError } from '../errors/index.js';
import { permanent } from './permanent.js';

/** One call of a handler, from its guards to its result. */
interface Call {
  readonly signal: AbortSignal;
  pipeRejected: boolean;
}

/** What we use of ExternalContextCreator beside its public method; the same in Nest 11 and 12. */
interface Internals {
  readonly container: object;
  readonly pipesConsumer: { apply(...args: unknown[]): Promise<unknown> };
}

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
  const { pipesConsumer } = creator as unknown as Internals;
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
    transformToResult: { value: (result: unknown) => settled(result) },
  }) as ExternalContextCreator;
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
export async function runToEnd(signal: AbortSignal, run: () => unknown): Promise<void> {
  const call: Call = { signal, pipeRejected: false };
  try {
    await calls.run(call, async () => settled(await run()));
  } catch (error) {
    if (call.pipeRejected) throw permanent(error) as Error;
    throw error;
  }
}

/** An Observable is subscribed until it completes, or until the call is aborted. */
function settled(result: unknown): unknown {
  return isObservable(result) ? lastOf(result, calls.getStore()?.signal) : result;
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
