import type { Assigner, Cluster, GroupMember } from 'kafkajs';
import type { PartitionPlace } from '../kafka-driver.interface.js';
import { shareOut, type Claim } from './share-out.js';
import type { KafkajsModule } from './kafkajs-peer.js';

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
