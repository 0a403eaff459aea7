/** Calls `run` after the delay, never at once. What it returns prevents that. */
export type Wait = (ms: number, run: () => void) => () => void;

const waitByTimer: Wait = (ms, run) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

/** Where records wait for their next attempt. */
export interface WaitingPlace {
  /** Nothing is being worked on there, and nothing could begin. */
  readonly isQuiet: boolean;
}

/** How the records of a bus wait for their next attempt: by timers, unless a test lets them wait otherwise. */
export class RetryDelays {
  /** Counts for delays that begin from then on. */
  wait: Wait = waitByTimer;
  /** Who waits for a time looks at the clock again after so long, in ms: it may have been corrected meanwhile. */
  lookAgainMs = 60_000;
  private readonly places = new Set<WaitingPlace>();

  enter(place: WaitingPlace): void {
    this.places.add(place);
  }

  leave(place: WaitingPlace): void {
    this.places.delete(place);
  }

  /** Nothing goes on before a delay is over or a record comes. */
  get areQuiet(): boolean {
    for (const place of this.places) if (!place.isQuiet) return false;
    return true;
  }
}
