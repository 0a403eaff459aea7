import { BrokerClock } from '../../lib/transport/kafka/broker-clock.js';
import type {
  CommitPlace,
  CommittedPlace,
  FetchedBatch,
  FetchedRecord,
  KafkaDriver,
  MemberClient,
  MemberListener,
  PartitionOffset,
  PartitionOffsets,
  PartitionPlace,
  RefusedPlace,
} from '../../lib/transport/kafka/kafka-driver.interface.js';
import type { ModelHandlers } from './model-handlers.js';
import type { VirtualClock } from './virtual-clock.js';

export const TOPIC = 'subject';
export const SESSION_MS = 6_000;
const FETCH_MS = 250;
const LOOK_MS = 250;
const FETCHED = 20;
const REPLY_MS = 1_000;

const TOPIC_STATE = { id: 'one', epochs: new Map([0, 1, 2].map((partition) => [partition, 0])) };

/** What the broker does with commits. */
export type CommitMode = 'take' | 'refuse' | 'refuseSome' | 'loseReply' | 'loseRequest' | 'late';
export const COMMIT_MODES: readonly CommitMode[] = [
  'take',
  'refuse',
  'refuseSome',
  'loseReply',
  'loseRequest',
  'late',
];

/** One topic and one group at a broker that shares partitions out cooperatively, by a virtual clock. */
export class KafkaGroup {
  readonly broken: string[] = [];
  readonly logs: FetchedRecord[][];
  readonly committed: number[];
  /** What is kept beside the positions. */
  private readonly metadata: string[];
  commitMode: CommitMode = 'take';
  /** KeyedMutex the sharing out. */
  shift = 0;
  private readonly members = new Set<ScriptedMember>();
  private readonly owners = new Map<number, ScriptedMember>();
  private wanted = false;
  private readonly timer: NodeJS.Timeout;

  constructor(
    readonly clock: VirtualClock,
    readonly handlers: ModelHandlers,
    partitions: number,
  ) {
    this.logs = Array.from({ length: partitions }, () => []);
    this.committed = this.logs.map(() => 0);
    this.metadata = this.logs.map(() => '');
    this.timer = setInterval(() => this.look(), LOOK_MS);
  }

  close(): void {
    clearInterval(this.timer);
  }

  /** The member that the group gave the partition to, and that may still take it for its own. */
  holder(partition: number): string | undefined {
    return this.owners.get(partition)?.name;
  }

  driver(name: string): KafkaDriver & { readonly clients: ScriptedMember[] } {
    const clients: ScriptedMember[] = [];
    const offsets = (at: (log: readonly FetchedRecord[]) => number): Promise<PartitionOffsets> =>
      Promise.resolve(new Map(this.logs.map((log, partition) => [partition, at(log)])));
    return {
      clients,
      connect: () => Promise.resolve(),
      producer: () => {
        throw new Error('nothing is sent here');
      },
      member: (_, listener) => {
        const member = new ScriptedMember(this, name, listener);
        clients.push(member);
        return member;
      },
      offsets: (_, at) => offsets((log) => (at === 'latest' ? log.length : 0)),
      committed: async () => {
        const last = clients.at(-1);
        if (last?.isCut) await this.silence();
        return this.places();
      },
      topics: (names) => Promise.resolve(new Map(names.map((name) => [name, TOPIC_STATE]))),
      topicConfig: () => Promise.reject(new Error('not here')),
      createTopic: () => Promise.reject(new Error('not here')),
      fetch: () => Promise.reject(new Error('not here')),
      setCommitted: () => Promise.reject(new Error('not here')),
      removeMembers: () => Promise.reject(new Error('not here')),
      members: () => Promise.resolve([]),
      close: () => undefined,
      clock: new BrokerClock(),
      inner: undefined,
    };
  }

  join(member: ScriptedMember): void {
    this.members.add(member);
    this.wanted = true;
  }

  leave(member: ScriptedMember): void {
    if (!this.members.delete(member)) return;
    for (const [partition, owner] of this.owners)
      if (owner === member) this.owners.delete(partition);
    this.wanted = true;
  }

  wantRebalance(): void {
    this.wanted = true;
  }

  has(member: ScriptedMember): boolean {
    return this.members.has(member);
  }

  async commit(
    member: ScriptedMember,
    offsets: readonly CommitPlace[],
  ): Promise<readonly RefusedPlace[]> {
    const mode = member.isCut ? 'loseRequest' : this.commitMode;
    if (mode === 'loseRequest') return this.silence();
    if (mode === 'late') await pause(REPLY_MS / 2);
    if (!this.has(member)) throw refusal('UNKNOWN_MEMBER_ID');
    if (mode === 'refuse') throw refusal('REBALANCE_IN_PROGRESS');
    const isTaken = ({ partition }: PartitionPlace): boolean =>
      mode !== 'refuseSome' || partition > 0;
    for (const place of offsets) if (isTaken(place)) this.store(member, place);
    if (mode === 'loseReply') await this.silence();
    return offsets
      .filter((place) => !isTaken(place))
      .map((place) => ({ ...place, error: refusal('UNKNOWN_TOPIC_OR_PARTITION') }));
  }

  /** Nothing comes back. */
  async silence(): Promise<never> {
    await pause(REPLY_MS);
    throw Object.assign(new Error('request timed out'), { retriable: true });
  }

  private places(): Map<number, CommittedPlace> {
    const all = this.committed.map((offset, i) => ({ offset, metadata: this.metadata[i]! }));
    return new Map([...all.entries()].filter(([, { offset }]) => offset > 0));
  }

  private store(member: ScriptedMember, { partition, offset, metadata = '' }: CommitPlace): void {
    const log = this.logs[partition]!;
    for (let i = 0; i < offset; i++)
      if (!this.handlers.isDone(String(partition), i)) {
        this.broken.push(
          `${this.clock.now} ms: ${member.name} committed ${offset} of partition ${partition}, and ${i} is not settled`,
        );
        break;
      }
    if (offset > log.length) this.broken.push(`committed ${offset} behind the end ${log.length}`);
    if (offset < this.committed[partition]!)
      this.broken.push(
        `${this.clock.now} ms: ${member.name} committed ${offset} of partition ${partition} behind ${this.committed[partition]}`,
      );
    this.committed[partition] = offset;
    this.metadata[partition] = metadata;
  }

  private look(): void {
    for (const member of this.members) if (member.isOverdue) this.leave(member);
    if (!this.wanted) return;
    // Those that cannot answer are waited for until their session is over.
    const members = [...this.members];
    if (members.some(({ isCut }) => isCut)) return;
    this.wanted = false;
    this.shareOut(members);
  }

  private shareOut(members: readonly ScriptedMember[]): void {
    const held = new Map<number, ScriptedMember>();
    for (const member of members)
      for (const { partition } of member.held) held.set(partition, member);
    const places = new Map(members.map((member) => [member, [] as PartitionPlace[]]));
    for (const partition of this.logs.keys()) {
      const target = members[(partition + this.shift) % members.length];
      const holder = held.get(partition);
      if (!target) continue;
      // Who must give a partition up has it until it says so.
      this.owners.set(partition, holder ?? target);
      if (!holder || holder === target) places.get(target)!.push({ topic: TOPIC, partition });
    }
    for (const [member, own] of places) member.assign(own);
  }
}

/** A member of the group as its client shows it. */
export class ScriptedMember implements MemberClient {
  /** Nothing reaches the broker, and nothing comes from there. */
  isCut = false;
  readonly id = undefined;
  /** Its group lets it in, or does not: it is never asked to wait. */
  readonly accepted = new Promise<void>(() => undefined);
  private readonly positions = new Map<number, number>();
  private readonly paused = new Set<number>();
  private mine: readonly PartitionPlace[] = [];
  private lastAlive: number;
  private timer: NodeJS.Timeout | undefined;
  private joining: { readonly done: () => void; readonly fail: (error: Error) => void } | undefined;
  private ended = false;
  private wasMember = false;

  constructor(
    private readonly group: KafkaGroup,
    readonly name: string,
    private readonly listener: MemberListener,
  ) {
    this.lastAlive = group.clock.now;
  }

  connect(): Promise<void> {
    return Promise.resolve();
  }

  join(): Promise<void> {
    const joined = new Promise<void>((done, fail) => (this.joining = { done, fail }));
    this.lastAlive = this.group.clock.now;
    this.group.join(this);
    this.timer = setInterval(() => this.poll(), FETCH_MS);
    return joined;
  }

  assign(places: readonly PartitionPlace[]): void {
    const isNew = !this.wasMember;
    const lost = isNew && this.joining === undefined;
    this.wasMember = true;
    this.lastAlive = this.group.clock.now;
    this.mine = places;
    this.listener.assigned(places, lost);
    this.joining?.done();
    this.joining = undefined;
  }

  get held(): readonly PartitionPlace[] {
    return this.isExpired || !this.wasMember ? [] : this.listener.held();
  }

  get isExpired(): boolean {
    return this.group.clock.now - this.lastAlive > SESSION_MS;
  }

  /** The broker has not heard of it for a session. */
  get isOverdue(): boolean {
    return this.isExpired;
  }

  seek({ partition, offset }: PartitionOffset): void {
    this.positions.set(partition, offset);
  }

  pause({ partition }: PartitionPlace): void {
    this.paused.add(partition);
  }

  resume({ partition }: PartitionPlace): void {
    this.paused.delete(partition);
  }

  commit(offsets: readonly CommitPlace[]): Promise<readonly RefusedPlace[]> {
    return this.ended
      ? Promise.reject(new Error('the group member has stopped'))
      : this.group.commit(this, offsets);
  }

  rejoin(): void {
    this.group.wantRebalance();
  }

  refresh(): void {
    this.group.wantRebalance();
  }

  leave(): Promise<void> {
    this.end();
    this.group.leave(this);
    return Promise.resolve();
  }

  /** Its client gives up. */
  crash(): void {
    if (this.ended) return;
    this.end();
    const error = Object.assign(new Error('the client gave up'), { retriable: true });
    this.joining?.fail(error);
    this.listener.crashed(error);
  }

  private end(): void {
    this.ended = true;
    clearInterval(this.timer);
  }

  private poll(): void {
    if (this.isCut) return;
    if (!this.group.has(this)) {
      // The group forgot us: a new member begins.
      this.wasMember = false;
      this.lastAlive = this.group.clock.now;
      this.mine = [];
      this.listener.assigned([], true);
      this.group.join(this);
      return;
    }
    this.lastAlive = this.group.clock.now;
    this.listener.alive();
    for (const { partition } of this.mine) this.fetch(partition);
  }

  private fetch(partition: number): void {
    const from = this.positions.get(partition);
    if (from === undefined || this.paused.has(partition) || this.ended) return;
    const records = this.group.logs[partition]!.slice(from, from + FETCHED);
    if (records.length === 0) return;
    const next = from + records.length;
    this.positions.set(partition, next);
    const batch: FetchedBatch = { topic: TOPIC, partition, from, records, next };
    this.listener.fetched(batch);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function refusal(type: string): Error {
  return Object.assign(new Error(type), { type });
}
