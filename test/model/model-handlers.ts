import { ServiceUnavailableError } from '../../lib/errors/index.js';
import type { VirtualClock } from './virtual-clock.js';

/** How handlers of a member behave: at once, later, never by themselves, or badly. */
export type HandlerMode = 'work' | 'wait' | 'hang' | 'fail' | 'serviceFault' | 'mixed';

export const HANDLER_MODES: readonly HandlerMode[] = [
  'work',
  'wait',
  'hang',
  'fail',
  'serviceFault',
  'mixed',
];

/** One call of a handler. */
export interface Call {
  readonly member: string;
  /** Partition or stream. */
  readonly place: string;
  readonly offset: number;
  readonly key: string;
}

/**
 * The handlers of a model, and what they may expect: that each record is begun by nobody but who holds its place, and
 * behind every earlier record of its key.
 */
export class ModelHandlers {
  /** What broke a promise, in words. */
  readonly broken: string[] = [];
  private readonly modes = new Map<string, HandlerMode>();
  private readonly hanging = new Set<() => void>();
  private readonly done = new Map<string, Set<number>>();
  private readonly keys = new Map<string, Map<string, number[]>>();
  private readonly stopped = new Set<string>();
  begun = 0;
  /** Records that were stored. */
  expected = 0;

  constructor(
    private readonly clock: VirtualClock,
    private readonly random: () => number,
    private readonly promises: {
      /** Who alone may begin handlers of the place when `member` does, by what the broker knows; undefined: anybody. */
      readonly holder: (place: string, member: string) => string | undefined;
      readonly isOrdered: boolean;
    },
  ) {}

  /** A record was stored. */
  expect({ place, offset, key }: Omit<Call, 'member'>): void {
    const keys = getOrMake(this.keys, place, () => new Map<string, number[]>());
    getOrMake(keys, key, () => []).push(offset);
    this.expected++;
  }

  /** Records of the place that nobody has handled. */
  open(place: string): number {
    const all = [...(this.keys.get(place)?.values() ?? [])].flat();
    return all.filter((offset) => !this.isDone(place, offset)).length;
  }

  set(member: string, mode: HandlerMode): void {
    this.modes.set(member, mode);
  }

  /** Whatever hangs ends, well. */
  letGo(): void {
    for (const end of [...this.hanging]) end();
  }

  /** From now on the member must begin nothing. */
  stop(member: string): void {
    this.stopped.add(member);
  }

  startAgain(member: string): void {
    this.stopped.delete(member);
  }

  isDone(place: string, offset: number): boolean {
    return this.done.get(place)?.has(offset) ?? false;
  }

  handle(call: Call): unknown {
    this.begun++;
    this.check(call);
    const mode = this.modes.get(call.member) ?? 'work';
    const modes = HANDLER_MODES.slice(0, -1);
    const how = mode === 'mixed' ? modes[Math.floor(this.random() * modes.length)]! : mode;
    if (how === 'fail') throw new Error('the handler fails');
    if (how === 'serviceFault') throw new ServiceUnavailableError('Model', 'away');
    if (how === 'work') return this.finish(call);
    return new Promise<void>((resolve) => {
      const end = (): void => {
        this.hanging.delete(end);
        clearTimeout(timer);
        this.finish(call);
        resolve();
      };
      const ms = 20 + Math.floor(this.random() * 3_000);
      const timer = how === 'wait' ? setTimeout(end, ms) : undefined;
      this.hanging.add(end);
    });
  }

  private check(call: Call): void {
    const { member, place, offset, key } = call;
    const say = (what: string): void =>
      void this.broken.push(
        `${this.clock.now} ms: ${member} began ${place}/${offset} (${key}) ${what}`,
      );
    if (this.stopped.has(member)) say('although it has stopped');
    const holder = this.promises.holder(place, member);
    if (holder !== undefined && holder !== member) say(`although ${holder} holds the place`);
    if (!this.promises.isOrdered) return;
    const earlier =
      this.keys
        .get(place)
        ?.get(key)
        ?.filter((other) => other < offset) ?? [];
    const open = earlier.find((other) => !this.isDone(place, other));
    if (open !== undefined) say(`before ${open} of its key was handled`);
  }

  private finish({ place, offset }: Call): void {
    getOrMake(this.done, place, () => new Set<number>()).add(offset);
  }
}

export function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
