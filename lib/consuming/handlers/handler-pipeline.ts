// Reaches inside Nest (11.0.1, 11.2.10 and 12.5.1): private parts of ExternalContextCreator, which `requireNestInternals`
// looks for at the start.
import { AsyncLocalStorage } from 'node:async_hooks';
import { ApplicationConfig, type ContextId, ExternalContextCreator } from '@nestjs/core';
import { isObservable, tap } from 'rxjs';
import { ServiceUnavailableError } from '../../errors/index.js';
import {
  CONTEXT_ARGUMENT,
  PAYLOAD_ARGUMENT,
  ROUTE_ARGUMENTS,
} from '../../nest-internals/metadata-keys.js';
import type { OpenEdxEventContext } from './event-context.js';
import { type ExceptionsHandler, type FilterLog, HandlerFilters } from './handler-filters.js';
import { isThenable } from '../../common/waiting.js';
import { lastOf, markUnrecoverable } from './handler-result.js';

/** A handler inside what Nest puts around it. */
export interface Pipeline {
  /** As `EventHandler.invoke`. */
  invoke(data: unknown, context: OpenEdxEventContext): unknown;
  /** As `EventHandler.failed`. */
  failed?(error: unknown): void;
}

export interface HandlerPlace {
  readonly moduleKey: string;
  readonly instance: object;
  /** The method, which says what is around it. */
  readonly callback: (...args: unknown[]) => unknown;
  readonly method: string;
  readonly inquirerId: string;
  /** Of a request-scoped or transient host. */
  readonly contextId?: ContextId;
}

/** What we use of ExternalContextCreator beside its public method; the same in Nest 11 and 12. */
interface Internals {
  readonly container: object;
  readonly pipesConsumer: { apply(...args: unknown[]): Promise<unknown> };
  readonly interceptorsConsumer: { intercept(...args: InterceptArguments): unknown };
  readonly interceptorsContextCreator: { create(...args: unknown[]): readonly unknown[] };
  readonly filtersContextCreator: { create(...args: unknown[]): ExceptionsHandler };
  createGuardsFn(guards: readonly unknown[], ...rest: unknown[]): unknown;
  createPipesFn(pipes: readonly unknown[], params: readonly Parameter[]): PipesFn | null;
}

type InterceptArguments = [
  interceptors: readonly unknown[],
  args: unknown,
  instance: unknown,
  callback: unknown,
  next: () => unknown,
  type: unknown,
];

/** An argument of a handler, as Nest knows it. */
interface Parameter {
  readonly index: number;
  readonly pipes: readonly unknown[];
  extractValue(...params: unknown[]): unknown;
}

/** Fills the arguments of a call. Returns a promise where that takes time. */
type PipesFn = (args: unknown[], ...params: unknown[]) => PromiseLike<unknown> | undefined;

/** What Nest found for one handler. */
interface Found {
  hasEnhancers: boolean;
  pipes: PipesFn | null;
  exceptions: ExceptionsHandler | undefined;
}

/** One call of a handler, from its guards to its result. */
interface Call {
  readonly context: { readonly signal: AbortSignal };
  pipeRejected: boolean;
  /** What the handler itself threw last, before interceptors and filters. */
  thrown?: { readonly error: unknown };
}

const calls = new AsyncLocalStorage<Call>();
const nest = ExternalContextCreator.prototype as unknown as Internals;

/**
 * Nest's pipeline of guards, interceptors, pipes and filters for one handler. Where a
 * handler of a singleton has none of them, it is called directly.
 */
export function pipelineOf(
  creator: ExternalContextCreator,
  place: HandlerPlace,
  log: FilterLog,
): Pipeline {
  const { instance, callback, method, contextId, inquirerId } = place;
  const found: Found = { hasEnhancers: false, pipes: null, exceptions: undefined };
  const whole = withinModule(creator, place, found, log).create(
    instance,
    callback,
    method,
    ROUTE_ARGUMENTS,
    handlerArguments,
    contextId,
    inquirerId,
    undefined,
    'rpc',
  );
  const { pipes, exceptions } = found;
  if (found.hasEnhancers || contextId || !pipes || !exceptions)
    return { invoke: (data, context) => runToEnd(context, () => whole(data, context)) };
  return {
    invoke: (data, context) => {
      const args: unknown[] = [];
      const waiting = pipes(args, data, context);
      return waiting
        ? waiting.then(() => callback.apply(instance, args))
        : callback.apply(instance, args);
    },
    failed: (error) => {
      try {
        exceptions.next(error, undefined);
      } catch {
        // Without filters it throws what it was given.
      }
    },
  };
}

/**
 * Nest looks a handler's module up among providers only, so that enhancers given as classes on
 * controllers would be skipped silently (nestjs/nest#11272: a denying guard did not run). Here the
 * module is given. A rejecting pipe is noted on the call, and so is what the handler threw; an empty Observable is a
 * result.
 */
function withinModule(
  creator: ExternalContextCreator,
  { moduleKey, instance, method }: HandlerPlace,
  found: Found,
  log: FilterLog,
): ExternalContextCreator {
  const internals = creator as unknown as Internals;
  const name = `${instance.constructor.name}.${method}`;
  const { interceptorsContextCreator, filtersContextCreator } = internals;
  const overrides: Partial<Internals> & Record<string, unknown> = {
    getContextModuleKey: () => moduleKey,
    getHostModuleKey: () => moduleKey,
    transformToResult: (result: unknown) =>
      isObservable(result) ? lastOf(result, calls.getStore()!.context.signal) : result,
    pipesConsumer: notingRejections(internals.pipesConsumer),
    interceptorsConsumer: notingErrors(internals.interceptorsConsumer),
    interceptorsContextCreator: {
      create(...args) {
        const interceptors = interceptorsContextCreator.create(...args);
        found.hasEnhancers ||= interceptors.length > 0;
        return interceptors;
      },
    },
    filtersContextCreator: {
      create(...args) {
        const all = filtersContextCreator.create(...args);
        found.exceptions = all;
        if (all.filters?.length === 0)
          return afterInterceptors(new HandlerFilters(all, 0, name, log));
        found.hasEnhancers = true;
        const own = withoutGlobal(filtersContextCreator).create(...args).filters?.length ?? 0;
        return afterInterceptors(new HandlerFilters(all, own, name, log));
      },
    },
    createGuardsFn(guards, ...rest) {
      found.hasEnhancers ||= guards.length > 0;
      return nest.createGuardsFn.call(this, guards, ...rest);
    },
    createPipesFn(pipes, params) {
      found.hasEnhancers ||= pipes.length > 0 || params.some((param) => param.pipes.length > 0);
      found.pipes = (args, ...given) => fill(args, params, given);
      return nest.createPipesFn.call(this as Internals, pipes, params);
    },
  };
  return Object.create(creator, Object.getOwnPropertyDescriptors(overrides)) as typeof creator;
}

/** The same creator for the filters of the class and the method alone. */
function withoutGlobal(
  creator: Internals['filtersContextCreator'],
): Internals['filtersContextCreator'] {
  return Object.create(creator, { getGlobalMetadata: { value: () => [] } }) as typeof creator;
}

/** An interceptor may have thrown something else than the handler did. */
function afterInterceptors(filters: HandlerFilters): ExceptionsHandler {
  return {
    filters: filters.filters,
    catch: (error, host) => filters.catch(error, host),
    next(error, host) {
      const { thrown } = calls.getStore() ?? {};
      return filters.next(
        thrown ? filters.replaced('an interceptor', thrown.error, error) : error,
        host,
      );
    },
  };
}

function notingErrors(consumer: Internals['interceptorsConsumer']): typeof consumer {
  return {
    intercept(interceptors, args, instance, callback, next, type) {
      if (!interceptors?.length)
        return consumer.intercept(interceptors, args, instance, callback, next, type);
      const noting = async (): Promise<unknown> => {
        const call = calls.getStore();
        const note = (error: unknown): void => void (call && (call.thrown = { error }));
        if (call) delete call.thrown;
        try {
          const result = await next();
          return isObservable(result) ? result.pipe(tap({ error: note })) : result;
        } catch (error) {
          note(error);
          throw error;
        }
      };
      return consumer.intercept(interceptors, args, instance, callback, noting, type);
    },
  };
}

/** Fills the arguments where no pipe has a say; without parameters that Nest knows of, with all that is given. */
function fill(
  args: unknown[],
  params: readonly Parameter[],
  given: readonly unknown[],
): Promise<unknown> | undefined {
  if (params.length === 0) args.push(...given);
  let waits: Promise<void>[] | undefined;
  for (const param of params) {
    const value = param.extractValue(...given);
    if (!isThenable(value)) args[param.index] = value;
    else
      (waits ??= []).push(Promise.resolve(value).then((late) => void (args[param.index] = late)));
  }
  return waits && Promise.all(waits);
}

function notingRejections(consumer: Internals['pipesConsumer']): Internals['pipesConsumer'] {
  return {
    async apply(...args) {
      try {
        return await consumer.apply(...args);
      } catch (error) {
        const call = calls.getStore();
        if (call && !(error instanceof ServiceUnavailableError)) call.pipeRejected = true;
        throw error;
      }
    },
  };
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
 * marked unrecoverable when a pipe rejected the event.
 */
export async function runToEnd(context: Call['context'], run: () => unknown): Promise<void> {
  const call: Call = { context, pipeRejected: false };
  try {
    const result = await calls.run(call, run);
    if (isObservable(result)) await calls.run(call, () => lastOf(result, context.signal));
  } catch (error) {
    if (call.pipeRejected) throw markUnrecoverable(error) as Error;
    throw error;
  }
}

/** Finds the value of an argument: `args` are the data and the context of the call. */
const handlerArguments = {
  exchangeKeyForValue(type: number, field: unknown, args: readonly unknown[]): unknown {
    if (type === CONTEXT_ARGUMENT) return args[1];
    if (type !== PAYLOAD_ARGUMENT) return null;
    return typeof field === 'string' && field
      ? (args[0] as Record<string, unknown> | null | undefined)?.[field]
      : args[0];
  },
};
