import { monotonicNow } from '../../../common/clocks.js';
import type { DeliverySink, Subscription } from '../../transport.interface.js';
import type {
  FetchedBatch,
  KafkaDriver,
  MemberClient,
  PartitionOffset,
  PartitionPlace,
  TopicState,
} from '../kafka-driver.interface.js';
import { SharedWork } from '../../../common/shared-work.js';
import { backoffDelay, endBy, pauseFor } from '../../../common/waiting.js';
import type { Committer } from './committer.js';
import { type FixedStarts, type OpeningPlace, openingPlaces } from './source-opening.js';
import { placeToGoOn } from './start-places.js';
import { PartitionSource, sourceName, type SourceOptions } from './partition-source.js';
import type { TopicWatch } from './topic-watch.js';

type Find = (places: readonly PartitionPlace[]) => Promise<readonly OpeningPlace[]>;

/** How long a member may take to finish what it has in flight of a partition that goes to another. */
const HAND_OVER_MS = 30_000;
/** What of that is left to tell the group what was finished. */
const COMMIT_MS = 5_000;
/** A partition that the broker did not give is asked for again after this, and longer where it fails again. */
const FIRST_RETRY_MS = 200;

export interface SourceSetOptions {
  readonly driver: KafkaDriver;
  readonly member: MemberClient;
  readonly sink: DeliverySink;
  readonly committer: Committer | undefined;
  readonly wanted: Subscription;
  readonly watch: TopicWatch;
  readonly starts: FixedStarts;
  readonly source: Omit<SourceOptions, 'misplaced' | 'topicId'>;
  readonly failed: (topic: string, error: unknown) => void;
  readonly healed: (topic: string) => void;
}

/** The partitions that are ours: opened when the group gives them to us, handed over when it takes them. */
export class SourceSet {
  private readonly sources = new Map<string, PartitionSource>();
  /** What the group gave us last. */
  private mine: readonly PartitionPlace[] = [];
  /** Hand-overs under way: a source comes back only after its own. */
  private readonly leaving = new Map<string, Promise<void>>();
  private openings = new Set<Promise<void>>();
  /** By topic: finding out whether it is still the same. */
  private readonly identifying = new SharedWork<void>();
  private readonly paused = new Set<string>();
  private readonly counts = new Map<string, number>();
  /** Topics that were recreated while we read them: those of their sources that were told so. */
  private readonly remadeTopics = new Map<string, Set<string>>();
  private pausedAll = false;
  private closed = false;

  private readonly sourceOptions: SourceOptions;

  constructor(private readonly options: SourceSetOptions) {
    this.sourceOptions = {
      ...options.source,
      topicId: options.watch.idOf,
      misplaced: (source) => options.member.seek(fetchPlace(source)),
    };
  }

  get all(): readonly PartitionSource[] {
    return [...this.sources.values()];
  }

  /** The group's last word: what is new is opened, what is missing is handed over. */
  assigned(places: readonly PartitionPlace[], membershipLost: boolean): void {
    if (this.closed) return;
    const { member } = this.options;
    this.mine = places;
    const names = new Set(places.map(sourceName));
    for (const source of this.all) {
      if (membershipLost) this.lose(source);
      else if (!names.has(source.source)) this.handOver(source);
      else if (source.isStarted) this.goOn(source);
    }
    const fresh = places.filter((place) => !this.sources.has(sourceName(place)));
    for (const place of fresh) member.pause(place);
    this.open(fresh);
  }

  /** Resolves when every partition that is ours was opened. */
  async opened(): Promise<void> {
    while (this.openings.size > 0) await Promise.all(this.openings);
  }

  take(batch: FetchedBatch): void {
    this.sources.get(sourceName(batch))?.take(batch);
  }

  /**
   * Has the client fetch the partition where it was, once it is known that it is of the same topic: another one with the name
   * has other records at the place, and a rebalance or a failed fetch may be the first sign of it.
   */
  private goOn(source: PartitionSource): void {
    const { member, watch, source: options } = this.options;
    const { topic } = source;
    // Whoever searches resumes it. The client only forgot where it was.
    if (source.searching) {
      member.seek(fetchPlace(source));
      return;
    }
    source.searching = true;
    source.fetchPaused = true;
    member.pause(errorContext(source));
    const identify = () => this.patiently(topic, () => watch.identify([topic]));
    void this.identifying.of(topic, identify).then(() => {
      source.searching = false;
      if (!source.isStarted || this.closed) return;
      member.seek(fetchPlace(source));
      options.changed();
    });
  }

  /** Another topic has the name: what we have of the old one is given up, and the new one read from its beginning. */
  remade(topic: string, { epochs }: TopicState): void {
    if (this.closed) return;
    const { member, driver, starts } = this.options;
    // For the group all its partitions are new.
    this.counts.set(topic, 0);
    starts.forget(topic);
    this.remadeTopics.set(topic, new Set());
    for (const source of this.all) {
      if (source.topic !== topic) continue;
      this.lose(source);
      const place = errorContext(source);
      if (!epochs.has(place.partition)) continue;
      member.pause(place);
      this.open([place], async () => {
        const first = (await driver.offsets(topic, 'earliest')).get(place.partition) ?? 0;
        return [{ ...place, from: first, committed: -1, notices: [] }];
      });
    }
    member.refresh();
    member.rejoin();
  }

  /** The broker has nothing where fetching would go on: it goes on where it has. */
  outOfRange(place: PartitionPlace): void {
    const source = this.sources.get(sourceName(place));
    if (!source?.isStarted || source.searching) return;
    source.searching = true;
    source.fetchPaused = true;
    void this.findAgain(source);
  }

  /** The broker does not give the partition: it is asked again, ever more seldom. */
  fetchFailed(place: PartitionPlace): void {
    const source = this.sources.get(sourceName(place));
    if (!source?.isStarted || source.searching) return;
    source.searching = true;
    source.fetchPaused = true;
    void pauseFor(backoffDelay(++source.failedFetches, FIRST_RETRY_MS)).then(() => {
      source.searching = false;
      if (source.isStarted && !this.closed) this.goOn(source);
    });
  }

  fetchRecovered(place: PartitionPlace): void {
    const source = this.sources.get(sourceName(place));
    if (source) source.failedFetches = 0;
  }

  pause(name?: string): void {
    if (name === undefined) this.pausedAll = true;
    else this.paused.add(name);
    this.applyPauses();
  }

  resume(name?: string): void {
    if (name === undefined) {
      this.pausedAll = false;
      this.paused.clear();
    } else this.paused.delete(name);
    this.applyPauses();
  }

  /** Fetches what has room and stops what has none. */
  steerFetching(): void {
    const { member } = this.options;
    for (const source of this.sources.values()) {
      const pause = !source.wantsFetch;
      if (!source.isStarted || pause === source.fetchPaused) continue;
      source.fetchPaused = pause;
      if (pause) member.pause(errorContext(source));
      else member.resume(errorContext(source));
    }
  }

  /** Lets the sink finish or drop what it has of every source, at the latest by the deadline. */
  async revokeAll(deadline: number): Promise<void> {
    this.pausedAll = true;
    this.applyPauses();
    await Promise.all([
      ...[...this.leaving.values()].map((leaving) => endBy(deadline, leaving)),
      ...this.all
        .filter(({ source }) => !this.leaving.has(source))
        .map(({ source }) => this.revoke(source, deadline)),
    ]);
  }

  /** Ends the hold of everything, and takes nothing more. */
  close(): void {
    this.closed = true;
    for (const source of this.all) source.close();
  }

  private applyPauses(): void {
    for (const source of this.all)
      source.paused =
        this.pausedAll || this.paused.has(source.source) || this.leaving.has(source.source);
    this.options.source.changed();
  }

  private open(
    places: readonly PartitionPlace[],
    find: Find = (waiting) => this.placesOf(waiting),
  ): void {
    // Each topic by itself: one that is missing does not hold up the others.
    for (const topic of new Set(places.map((place) => place.topic)))
      this.openTogether(
        places.filter((place) => place.topic === topic),
        find,
      );
  }

  private openTogether(places: readonly PartitionPlace[], find: Find): void {
    const opened = places.map((place) => {
      const source = new PartitionSource(place, this.sourceOptions);
      source.paused = this.pausedAll || this.paused.has(source.source);
      this.sources.set(source.source, source);
      return source;
    });
    const opening = this.openAll(opened, find).finally(() => this.openings.delete(opening));
    this.openings.add(opening);
  }

  /** Of one topic. */
  private async placesOf(places: readonly PartitionPlace[]): Promise<readonly OpeningPlace[]> {
    const { driver, wanted, watch, starts: fixed } = this.options;
    const { topic } = places[0]!;
    // First which topic it is: should another one take its name, what was learned of this one is given up.
    await watch.identify([topic]);
    return openingPlaces(
      {
        ...{ driver, fixed, group: wanted.group, start: wanted.start },
        ...{ counts: this.counts, idOf: watch.idOf },
      },
      topic,
      places.map(({ partition }) => partition),
    );
  }

  /** Of one topic. */
  private async openAll(sources: readonly PartitionSource[], find: Find): Promise<void> {
    for (const { source } of sources) await this.leaving.get(source);
    await this.patiently(sources[0]!.topic, async () => {
      const waiting = sources.filter((source) => !source.isGone);
      if (waiting.length > 0) await this.start(waiting, await find(waiting.map(errorContext)));
    });
  }

  private async findAgain(source: PartitionSource): Promise<void> {
    const { driver, member, sink, watch, source: options } = this.options;
    await this.patiently(source.topic, async () => {
      // Where it is another topic, all of it is opened anew.
      await watch.identify([source.topic]);
      if (source.isGone) return;
      const place = errorContext(source);
      const found = await placeToGoOn(driver, { ...place, offset: source.fetchFrom });
      if (source.isGone || this.closed) return;
      if (found?.isAnew) {
        const { from, notice } = found;
        this.lose(source);
        const opening = { ...place, from, committed: -1, notices: [notice] };
        this.open([place], () => Promise.resolve([opening]));
        return;
      }
      if (found) {
        source.skipTo(found.from);
        sink.notice(found.notice);
      }
      member.seek(fetchPlace(source));
    });
    source.searching = false;
    options.changed();
  }

  /** Does it again until it succeeds, or all is over. */
  private async patiently(topic: string, work: () => Promise<void>): Promise<void> {
    const { failed, healed } = this.options;
    for (let failures = 1; !this.closed; failures++) {
      try {
        await work();
        if (failures > 1) healed(topic);
        return;
      } catch (error) {
        failed(topic, error);
        await pauseFor(backoffDelay(failures, 100));
      }
    }
  }

  private async start(
    sources: readonly PartitionSource[],
    found: readonly OpeningPlace[],
  ): Promise<void> {
    const { member, sink, wanted, source: options } = this.options;
    const isOurs = (place: PartitionPlace): boolean =>
      sources.some((source) => !source.isGone && source.source === sourceName(place));
    const pinned = found.filter((place) => place.committed !== place.from && isOurs(place));
    // From now on the group has a position: who opens the partition next goes on there.
    if (wanted.group !== null && pinned.length > 0) {
      const [refused] = await member.commit(
        pinned.map(({ topic, partition, from }) => ({ topic, partition, offset: from })),
      );
      if (refused) throw refused.error;
    }
    for (const { notices, from, ahead, ...place } of found) {
      const source = sources.find((one) => one.source === sourceName(place))!;
      if (source.isGone || this.closed) continue;
      source.start({ from, ...(ahead && { ahead }) });
      member.seek({ topic: place.topic, partition: place.partition, offset: from });
      for (const notice of notices) sink.notice(notice);
      this.tellRemade(source, place.committed, from);
    }
    options.changed();
  }

  private tellRemade({ topic, source }: PartitionSource, committed: number, from: number): void {
    const told = this.remadeTopics.get(topic);
    if (!told || told.has(source)) return;
    told.add(source);
    const detail = `the topic was recreated; reading from offset ${from}`;
    if (committed < 0) this.options.sink.notice({ kind: 'sourceRemade', source, detail });
  }

  /** Another member has it already, or will: nothing of it is ours any more. */
  private lose(source: PartitionSource): void {
    source.close();
    this.sources.delete(source.source);
    this.depart(source, this.revoke(source.source, monotonicNow() + HAND_OVER_MS));
  }

  private handOver(source: PartitionSource): void {
    if (this.leaving.has(source.source)) return;
    source.paused = true;
    this.depart(source, this.finish(source));
  }

  private depart(source: PartitionSource, going: Promise<void>): void {
    const before = this.leaving.get(source.source);
    const gone = Promise.all([before, going]).then(() => {
      if (this.leaving.get(source.source) !== gone) return;
      this.leaving.delete(source.source);
      // The partition may have come back to us meanwhile.
      this.applyPauses();
    });
    this.leaving.set(source.source, gone);
  }

  /** What is in flight ends and is committed; then the partition is free for another member. */
  private async finish(source: PartitionSource): Promise<void> {
    const { member, committer } = this.options;
    const deadline = monotonicNow() + HAND_OVER_MS;
    if (source.isStarted) await this.revoke(source.source, deadline - COMMIT_MS);
    if (this.closed) return;
    await committer?.flush(deadline);
    source.close();
    if (this.sources.get(source.source) === source) this.sources.delete(source.source);
    member.rejoin();
    const again = this.mine.filter((place) => sourceName(place) === source.source);
    if (again.length === 0 || this.closed) return;
    // The group gave it back meanwhile. It opens once this hand-over is over.
    for (const place of again) member.pause(place);
    setImmediate(() => {
      if (!this.closed && !this.sources.has(source.source)) this.open(again);
    });
  }

  private async revoke(source: string, deadline: number): Promise<void> {
    await endBy(
      deadline,
      Promise.resolve().then(() => this.options.sink.revoke(source, deadline)),
    );
  }
}

function fetchPlace(source: PartitionSource): PartitionOffset {
  return { ...errorContext(source), offset: source.fetchFrom };
}

function errorContext({ topic, partition }: PartitionSource): PartitionPlace {
  return { topic, partition };
}
