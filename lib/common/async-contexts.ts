import { AsyncResource } from 'node:async_hooks';

const NAME = 'OpenEdxEventBus';

/** The context that the package was imported in, which holds nothing of a request, an event or a span. */
export const importContext: AsyncResource = hereContext();

/** The context of the caller, to run something in it later. */
export function hereContext(): AsyncResource {
  return new AsyncResource(NAME, { requireManualDestroy: true });
}

/**
 * A context that begins with what `base` holds. What is entered in it (`AsyncLocalStorage.enterWith`) stays in it and
 * in what is started there, and does not reach `base`.
 */
export function forkOf(base: AsyncResource): AsyncResource {
  return canInherit ? inheriting(base) : base.runInAsyncScope(hereContext);
}

/** Far cheaper than another resource: stores are read through the prototype, and written to the object itself. */
function inheriting(base: AsyncResource): AsyncResource {
  return Object.create(base) as AsyncResource;
}

const canInherit = (() => {
  try {
    return inheriting(importContext).runInAsyncScope(() => true);
  } catch {
    return false;
  }
})();
