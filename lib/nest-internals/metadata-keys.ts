// Reaches inside Nest (11.0.1, 11.2.10 and 12.5.1): the keys under which it keeps what decorators say. `@nestjs/common`
// exports them on no release, `@nestjs/common/internal` on 12 only. `requireNestInternals` compares them at the start.

/** What parameter decorators say, by class and method (`ROUTE_ARGS_METADATA`); `@Payload` and `@Ctx` use it too. */
export const ROUTE_ARGUMENTS = '__routeArguments__';

/** The types of arguments behind `@Payload` and `@Ctx` (Nest's RpcParamtype). */
export const PAYLOAD_ARGUMENT = 3;
export const CONTEXT_ARGUMENT = 6;

export const GUARDS = '__guards__';
export const INTERCEPTORS = '__interceptors__';
export const PIPES = '__pipes__';
export const FILTERS = '__exceptionFilters__';

/** Nest's keys of guards, interceptors, pipes and filters; the values are lists. */
export const ENHANCERS: ReadonlySet<unknown> = new Set([GUARDS, INTERCEPTORS, PIPES, FILTERS]);

/** What a compiler or Nest's injector says of one class, which is true of no other. */
export const OF_ONE_CLASS = /^(design|self):/u;

/**
 * Classes under this key count as entry points, as gateways and resolvers do: Nest then also gives
 * them global guards, pipes, interceptors and filters that are request-scoped or transient.
 */
const ENTRY_POINT = '__entryProvider__';

export function markEntryPoint(target: object): void {
  Reflect.defineMetadata(ENTRY_POINT, true, target.constructor);
}

/** Without parameter decorators a method takes `(data, context)`, and pipes see both. */
export function defaultArguments(target: object, method: string | symbol): void {
  const owner = target.constructor;
  if (Reflect.hasOwnMetadata(ROUTE_ARGUMENTS, owner, method)) return;
  Reflect.defineMetadata(
    ROUTE_ARGUMENTS,
    {
      [`${PAYLOAD_ARGUMENT}:0`]: { index: 0, pipes: [] },
      [`${CONTEXT_ARGUMENT}:1`]: { index: 1, pipes: [] },
    },
    owner,
    method,
  );
}
