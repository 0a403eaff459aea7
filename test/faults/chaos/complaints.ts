const MOST_TEXTS = 500;

/** What processes wrote to their logs: texts that differ only in numbers and ids count as one. */
export class Complaints {
  private readonly counts = new Map<string, { count: number; readonly example: string }>();

  add(text: string): void {
    for (const line of text.split('\n')) if (line.trim() && !/^\s+at /.test(line)) this.count(line);
  }

  /** The most frequent first, each with an example. */
  lines(most: number): string[] {
    return [...this.counts.values()]
      .sort((a, b) => b.count - a.count)
      .slice(0, most)
      .map(({ count, example }) => `${count} x ${example}`);
  }

  /** Lines that match. */
  matching(pattern: RegExp): number {
    return [...this.counts.values()]
      .filter(({ example }) => pattern.test(example))
      .reduce((sum, { count }) => sum + count, 0);
  }

  private count(line: string): void {
    const text = line
      .replace(/^member-\d+/, 'member')
      .replace(/[0-9a-f]{8}-[0-9a-f-]{20,}/g, 'ID')
      .replace(/\d+/g, '#');
    const known = this.counts.get(text);
    if (known) known.count++;
    else if (this.counts.size < MOST_TEXTS) this.counts.set(text, { count: 1, example: line });
  }
}
