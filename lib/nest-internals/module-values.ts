// Reaches inside Nest (11.0.1, 11.2.10 and 12.5.1): the providers of modules, also of those that nobody imports, which
// `requireNestInternals` looks for at the start.
import type { ModulesContainer } from '@nestjs/core';

/** What each module of an application has under `token`. What is not made yet is left out. */
export function valuesOfModules<T>(modules: ModulesContainer, token: symbol): T[] {
  return [...modules.values()]
    .map((module) => module.providers.get(token)?.instance as T | null | undefined)
    .filter((value) => value !== undefined && value !== null);
}
