import type {
  FetchedBatch,
  MemberListener,
  PartitionPlace,
} from '../../../../lib/transport/kafka/kafka-driver.interface.js';

const nameOf = ({ topic, partition }: PartitionPlace): string => `${topic}/${partition}`;

/** Keeps what a member of a group tells. */
export class RecordingListener implements MemberListener {
  readonly assignments: { readonly partitions: readonly string[]; readonly lost: boolean }[] = [];
  readonly batches: FetchedBatch[] = [];
  readonly outOfRanges: string[] = [];
  readonly failed: { readonly place: string; readonly error: Error }[] = [];
  readonly recovered: string[] = [];
  readonly crashes: Error[] = [];
  timesAlive = 0;
  /** What it would like to keep. */
  wanted: readonly PartitionPlace[] = [];
  /** Pauses what is new, as the transport does. */
  pause: (place: PartitionPlace) => void = () => undefined;
  /** Calls after `crashed`. */
  late = 0;

  assigned(partitions: readonly PartitionPlace[], membershipLost: boolean): void {
    this.told();
    for (const place of partitions) if (!this.ours.includes(nameOf(place))) this.pause(place);
    this.assignments.push({ partitions: partitions.map(nameOf).sort(), lost: membershipLost });
  }

  held(): readonly PartitionPlace[] {
    return this.wanted;
  }

  fetched(batch: FetchedBatch): void {
    this.told();
    this.batches.push(batch);
  }

  outOfRange(place: PartitionPlace): void {
    this.told();
    this.outOfRanges.push(nameOf(place));
  }

  fetchFailed(place: PartitionPlace, error: Error): void {
    this.told();
    this.failed.push({ place: nameOf(place), error });
  }

  fetchRecovered(place: PartitionPlace): void {
    this.told();
    this.recovered.push(nameOf(place));
  }

  alive(): void {
    this.told();
    this.timesAlive++;
  }

  crashed(error: Error): void {
    this.told();
    this.crashes.push(error);
  }

  /** What is ours by the last assignment. */
  get ours(): readonly string[] {
    return this.assignments.at(-1)?.partitions ?? [];
  }

  /** Offsets of the records fetched of a partition so far. */
  offsetsOf(partition: number): number[] {
    return this.batches
      .filter((batch) => batch.partition === partition)
      .flatMap(({ records }) => records.map(({ offset }) => offset));
  }

  private told(): void {
    if (this.crashes.length > 0) this.late++;
  }
}
