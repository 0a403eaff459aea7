/** Work that must not overlap with other work of the same name. */
export class Turns {
  private readonly last = new Map<string, Promise<unknown>>();

  /** The outcome of `work`, which begins when all that came before it under the name has ended. */
  next<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.last.get(name);
    const mine = before === undefined ? work() : before.then(work, work);
    this.last.set(name, mine);
    const leave = (): void => {
      if (this.last.get(name) === mine) this.last.delete(name);
    };
    mine.then(leave, leave);
    return mine;
  }
}
