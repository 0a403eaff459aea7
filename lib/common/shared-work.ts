/** Work of which there is one of a key at a time: who asks for it meanwhile shares its outcome. */
export class SharedWork<T> {
  private readonly running = new Map<string, Promise<T>>();

  /** The outcome of the work that is under way for the key, else of `work`. */
  of(key: string, work: () => Promise<T>): Promise<T> {
    let running = this.running.get(key);
    if (!running) {
      running = work().finally(() => this.running.delete(key));
      this.running.set(key, running);
    }
    return running;
  }
}
