/** Topics of our own, each prepared once, until it is forgotten. */
export class PreparedTopics<Topic extends { readonly name: string }> {
  private readonly prepared = new Map<string, Promise<void>>();

  constructor(private readonly make: (topic: Topic) => Promise<void>) {}

  /** Rejects as `make` does; then the next call tries again. */
  prepare(topic: Topic): Promise<void> {
    let preparing = this.prepared.get(topic.name);
    if (!preparing) {
      preparing = this.make(topic);
      this.prepared.set(topic.name, preparing);
      preparing.catch(() => this.prepared.delete(topic.name));
    }
    return preparing;
  }

  /** The topic may be gone, and may be made again. */
  forget({ name }: Topic): void {
    this.prepared.delete(name);
  }
}
