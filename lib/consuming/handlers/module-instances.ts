import { isDeepStrictEqual } from 'node:util';
import { ModuleRef } from '@nestjs/core';
import type { InstanceWrapper } from './handler-invoker.js';
import { isMadeFromClass } from './provider-prototypes.js';

type Module = NonNullable<InstanceWrapper['host']>;

/**
 * Whether two instances of one class are meant to handle events side by side: those of one dynamic module class with
 * different configuration, and those that different factories of one module made. A class that Nest makes twice with
 * the same configuration is most likely listed twice by mistake.
 */
export function instancesBothHandle(first: InstanceWrapper, second: InstanceWrapper): boolean {
  if (first.instance && first.instance === second.instance) return false;
  const [a, b] = [first.host, second.host];
  if (!a || !b || a.metatype !== b.metatype) return false;
  if (a === b) return !isMadeFromClass(first) && !isMadeFromClass(second);
  return !sameConfiguration(a, b);
}

function sameConfiguration(a: Module, b: Module, compared = new Set<Module>()): boolean {
  if (a === b || compared.has(a)) return true;
  if (a.metatype !== b.metatype || a.providers.size !== b.providers.size) return false;
  compared.add(a);
  for (const [token, provider] of a.providers) {
    const other = b.providers.get(token);
    if (!other) return false;
    if (token !== a.metatype && token !== ModuleRef && !sameProvider(provider, other)) return false;
  }
  const [imports, others] = [[...a.imports], [...b.imports]];
  return (
    imports.length === others.length &&
    imports.every((one, i) => sameConfiguration(one, others[i]!, compared))
  );
}

/** Functions are the same where they are one: what a closure holds cannot be compared. */
function sameProvider(a: InstanceWrapper, b: InstanceWrapper): boolean {
  if (a.isAlias && b.isAlias) return isDeepStrictEqual(a.inject, b.inject);
  if (a.metatype !== b.metatype) return false;
  if (a.metatype) return true;
  try {
    return isDeepStrictEqual(a.instance, b.instance);
  } catch {
    return false;
  }
}
