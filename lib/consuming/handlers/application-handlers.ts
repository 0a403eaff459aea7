import type { LazyModuleLoader } from '@nestjs/core';
import type { FoundHandler, HandlerExplorer } from './handler-explorer.js';

type Listener = (found: readonly FoundHandler[]) => void;

/** The handlers of an application, explored once for all of its buses, so that each warning comes once. */
export class ApplicationHandlers {
  private found: readonly FoundHandler[] | undefined;
  private readonly buses: Listener[] = [];

  constructor(
    private readonly explorer: Pick<HandlerExplorer, 'explore'>,
    loader: Pick<LazyModuleLoader, 'load'> | undefined,
  ) {
    if (!loader) return;
    const load = loader.load.bind(loader);
    loader.load = async (...given) => {
      const loaded = await load(...given);
      this.exploreAgain();
      return loaded;
    };
  }

  /**
   * The handlers so far. `late` hears of those of modules that a LazyModuleLoader loads later; what it throws,
   * the loading rejects with.
   */
  take(late: Listener): readonly FoundHandler[] {
    this.found ??= this.explorer.explore();
    this.buses.push(late);
    return this.found;
  }

  private exploreAgain(): void {
    if (!this.found) return;
    const found = this.explorer.explore();
    if (!found.length) return;
    this.found = [...this.found, ...found];
    for (const late of this.buses) late(found);
  }
}
