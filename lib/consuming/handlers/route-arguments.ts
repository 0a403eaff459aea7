/**
 * Under this key Nest keeps what parameter decorators say (`ROUTE_ARGS_METADATA`, which
 * `@nestjs/common/internal` exports on Nest 12 only); `@Payload` and `@Ctx` use it too.
 */
export const ROUTE_ARGUMENTS = '__routeArguments__';

/** The types of arguments behind `@Payload` and `@Ctx` (Nest's RpcParamtype). */
export const PAYLOAD_ARGUMENT = 3;
export const CONTEXT_ARGUMENT = 6;

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

/** Finds the value of an argument: `args` are the data and the context of the call. */
export const handlerArguments = {
  exchangeKeyForValue(type: number, field: unknown, args: readonly unknown[]): unknown {
    if (type === CONTEXT_ARGUMENT) return args[1];
    if (type !== PAYLOAD_ARGUMENT) return null;
    return typeof field === 'string' && field
      ? (args[0] as Record<string, unknown> | null | undefined)?.[field]
      : args[0];
  },
};
