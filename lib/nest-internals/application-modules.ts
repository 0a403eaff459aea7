// Reaches inside Nest (11.0.1, 11.2.10 and 12.5.1): it calls the life-cycle hooks of modules by `distance`, which is the
// depth in the imports, and the highest number for global modules, of which nothing public sets the order; and it reads the
// providers of modules, also of those that nobody imports. `requireNestInternals` looks for these at the start.
import type { ModulesContainer } from '@nestjs/core';
import { missingInternals } from './required-internals.js';

/** Initialized before all other modules, and shut down after the last of them. */
export function openBeforeOthers(modules: ModulesContainer, type: object): void {
  // Global modules have the highest finite distance, and among equals the order of imports decides.
  setDistance(modules, type, Infinity);
}

/** Bootstrapped after all other modules, and destroyed before the first of them. */
export function bootstrapAfterOthers(modules: ModulesContainer, type: object): void {
  // The root module has 1.
  setDistance(modules, type, -1);
}

/** Throws ConfigurationError where Nest does not order modules so. */
function setDistance(modules: ModulesContainer, type: object, distance: number): void {
  for (const module of modules.values()) {
    if (module.metatype !== type) continue;
    if (!('distance' in module)) throw missingInternals(['Module.distance']);
    module.distance = distance;
  }
}

/** What each module of an application has under `token`. What is not made yet is left out. */
export function valuesOfModules<T>(modules: ModulesContainer, token: symbol): T[] {
  return [...modules.values()]
    .map((module) => module.providers.get(token)?.instance as T | null | undefined)
    .filter((value) => value !== undefined && value !== null);
}
