import type { Assigner, Cluster, GroupMember } from 'kafkajs';
import type { PartitionPlace } from '../kafka-driver.interface.js';
import type { KafkajsModule } from './kafkajs-clients.js';

const NAME = 'openedx-cooperative';
const VERSION = 1;

/**
 * Lets every member keep in a rebalance what it holds. A partition that must move is given to nobody
 * first; its holder finishes, frees it and asks for one more rebalance, which gives it to the other.
 */
export function cooperativeAssigner(
  { AssignerProtocol }: Pick<KafkajsModule, 'AssignerProtocol'>,
  cluster: Cluster,
  held: () => readonly PartitionPlace[],
): Assigner {
  const { MemberMetadata, MemberAssignment } = AssignerProtocol;
  const claimOf = ({ memberId, memberMetadata }: GroupMember): Claim => {
    const decoded = MemberMetadata.decode(memberMetadata);
    return {
      member: memberId,
      topics: decoded?.topics ?? [],
      held: placesOf(decoded?.userData),
    };
  };
  return {
    name: NAME,
    version: VERSION,
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: MemberMetadata.encode({
        version: VERSION,
        topics,
        userData: Buffer.from(JSON.stringify(held().map((p) => [p.topic, p.partition]))),
      }),
    }),
    assign: async ({ members }) => {
      const claims = members.map(claimOf);
      const topics = [...new Set(claims.flatMap((claim) => claim.topics))].sort();
      // Other members may read topics that we do not.
      await cluster.addMultipleTargetTopics(topics);
      const partitions = topics.flatMap((topic) =>
        cluster
          .findTopicPartitionMetadata(topic)
          .map(({ partitionId }) => ({ topic, partition: partitionId })),
      );
      const shares = shareOut(partitions, claims);
      return claims.map(({ member }) => ({
        memberId: member,
        memberAssignment: MemberAssignment.encode({
          version: VERSION,
          assignment: byTopic(shares.get(member) ?? []),
          userData: Buffer.alloc(0),
        }),
      }));
    },
  };
}

function byTopic(places: readonly PartitionPlace[]): Record<string, number[]> {
  // Without a prototype: a topic may be called as what every object inherits.
  const topics = Object.create(null) as Record<string, number[]>;
  for (const { topic, partition } of places) (topics[topic] ??= []).push(partition);
  return topics;
}

/** What the member wrote about itself; another version of us may have written something else. */
function placesOf(userData: Buffer | undefined): PartitionPlace[] {
  try {
    const places = JSON.parse(String(userData)) as unknown;
    if (!Array.isArray(places)) return [];
    return places.flatMap((place: unknown) => {
      const [topic, partition] = Array.isArray(place) ? (place as unknown[]) : [];
      return typeof topic === 'string' && typeof partition === 'number'
        ? [{ topic, partition }]
        : [];
    });
  } catch {
    return [];
  }
}

/** What one member of a group reads, and what it holds at present. */
export interface Claim {
  readonly member: string;
  readonly topics: readonly string[];
  readonly held: readonly PartitionPlace[];
}

type Shares = Map<string, PartitionPlace[]>;

/**
 * The partitions of each member: what it holds stays, what is free goes to those with least, and where
 * one has too much, its surplus goes to nobody until it is free. What two members claim to hold goes
 * to nobody either.
 */
export function shareOut(
  partitions: readonly PartitionPlace[],
  claims: readonly Claim[],
): ReadonlyMap<string, readonly PartitionPlace[]> {
  const ordered = [...claims].sort((a, b) => (a.member < b.member ? -1 : 1));
  const shares: Shares = new Map(ordered.map(({ member }) => [member, []]));
  const free: PartitionPlace[] = [];
  for (const place of partitions) {
    const holders = ordered.filter((claim) => reads(claim, place) && holds(claim, place));
    if (holders.length === 0) free.push(place);
    else if (holders.length === 1) shares.get(holders[0]!.member)!.push(place);
  }
  for (const place of free) {
    const member = leastLoaded(ordered, shares, place);
    if (member !== undefined) shares.get(member)!.push(place);
  }
  takeSurplus(ordered, shares);
  return shares;
}

/** Takes from the rich what the poor will get in the next round. */
function takeSurplus(claims: readonly Claim[], shares: Shares): void {
  const counts = new Map(claims.map(({ member }) => [member, shares.get(member)!.length]));
  for (const { member, held } of claims) {
    const share = shares.get(member)!;
    for (const place of [...share].reverse()) {
      if (!held.some((one) => isSame(one, place))) continue;
      const to = poorestBy(claims, counts, place);
      if (to === undefined || counts.get(member)! - counts.get(to)! < 2) continue;
      share.splice(share.indexOf(place), 1);
      counts.set(member, counts.get(member)! - 1);
      counts.set(to, counts.get(to)! + 1);
    }
  }
}

function leastLoaded(
  claims: readonly Claim[],
  shares: Shares,
  place: PartitionPlace,
): string | undefined {
  return poorestBy(claims, new Map([...shares].map(([m, share]) => [m, share.length])), place);
}

function poorestBy(
  claims: readonly Claim[],
  counts: ReadonlyMap<string, number>,
  place: PartitionPlace,
): string | undefined {
  let best: string | undefined;
  for (const claim of claims) {
    if (!reads(claim, place)) continue;
    if (best === undefined || counts.get(claim.member)! < counts.get(best)!) best = claim.member;
  }
  return best;
}

function reads({ topics }: Claim, { topic }: PartitionPlace): boolean {
  return topics.includes(topic);
}

function holds({ held }: Claim, place: PartitionPlace): boolean {
  return held.some((one) => isSame(one, place));
}

function isSame(a: PartitionPlace, b: PartitionPlace): boolean {
  return a.topic === b.topic && a.partition === b.partition;
}
