import type { InstanceWrapper } from './handler-invoker.js';

/**
 * Where to look for the methods of a provider: the prototype of what was made, then that of the class that it was
 * made from, for a constructor may return something else. Getters of the object are not called.
 */
export function prototypesOf(host: InstanceWrapper): readonly object[] {
  const made = prototypeOf(host.instance);
  const type = isMadeFromClass(host) ? host.metatype : isMadeOnce(host) ? undefined : host.token;
  const declared = typeof type === 'function' ? (type.prototype as unknown) : undefined;
  const found = [made, typeof declared === 'object' && declared ? declared : undefined];
  return [...new Set(found.filter((one) => one !== undefined))];
}

/** True where Nest calls the constructor, false for a factory and for a value. */
export function isMadeFromClass(host: InstanceWrapper): boolean {
  return Boolean(host.metatype) && !host.inject && !host.isNotMetatype;
}

/** False for a request-scoped or transient provider, of which there is no instance to look at. */
export function isMadeOnce(host: InstanceWrapper): boolean {
  return host.isDependencyTreeStatic() && !host.isTransient;
}

function prototypeOf(instance: unknown): object | undefined {
  if (typeof instance !== 'object' || instance === null) return undefined;
  const prototype = Reflect.getPrototypeOf(instance);
  return prototype && prototype !== Object.prototype ? prototype : undefined;
}
