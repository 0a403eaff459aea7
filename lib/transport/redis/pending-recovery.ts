import type { PendingList, PendingPage } from './pending-list.js';
import { BEFORE_FIRST } from './stream-id.js';
import type { StreamSource } from './stream-source.js';

/** How often is looked for what stopped members left behind. */
export const SWEEP_MS = 5_000;

export interface Recovered extends PendingPage {
  readonly source: StreamSource;
}

/** Finds what was delivered before and must come again, which goes before anything new. */
export class PendingRecovery {
  private readonly sweeps = new Map<StreamSource, { at: number; from: string }>();

  constructor(
    private readonly list: PendingList,
    private readonly count: number,
  ) {}

  /** The next page for one of the sources; undefined when there is none at present. */
  async next(sources: readonly StreamSource[]): Promise<Recovered | undefined> {
    for (const source of sources) {
      while (source.recoverAfter !== undefined) {
        const page = await this.list.own(source.stream, source.recoverAfter, this.count);
        source.recoverAfter = page.entries.at(-1)?.id;
        if (page.entries.length > 0) return { ...page, source };
      }
    }
    for (const source of sources) {
      const page = await this.sweep(source);
      if (page && page.entries.length > 0) return { ...page, source };
    }
    return undefined;
  }

  /** Takes over what members that stopped have left. */
  private async sweep(source: StreamSource): Promise<PendingPage | undefined> {
    const { at, from } = this.sweeps.get(source) ?? { at: 0, from: BEFORE_FIRST };
    if (Date.now() < at) return undefined;
    try {
      const page = await this.list.leftBehind(source.stream, from, this.count);
      const isOver = page.next === BEFORE_FIRST;
      this.sweeps.set(source, { at: isOver ? Date.now() + SWEEP_MS : 0, from: page.next });
      return page;
    } catch (error) {
      // What was claimed may be ours by now, although we did not hear of it.
      source.recover(BEFORE_FIRST);
      throw error;
    }
  }
}
