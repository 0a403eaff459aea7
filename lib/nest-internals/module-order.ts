// Reaches inside Nest (11.0.1, 11.2.10 and 12.5.1): it calls the life-cycle hooks of modules by `distance`, which is the
// depth in the imports, and the highest number for global modules. Nothing public sets the order.
import type { ModulesContainer } from '@nestjs/core';
import { missingInternals } from './missing-internals.js';

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
