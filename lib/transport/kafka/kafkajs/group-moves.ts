import type { Broker, Cluster } from 'kafkajs';
import type { PartitionOffsets } from '../kafka-driver.interface.js';
import { rootOf } from '../kafka-errors.js';

/** What kafkajs's brokers can do as well, beyond its types. */
interface Coordinator extends Broker {
  describeGroups(request: {
    groupIds: readonly string[];
  }): Promise<{ groups: readonly { members: readonly { memberId: string }[] }[] }>;
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
}

const NO_GENERATION = -1;
const NOBODY = '';

/**
 * Sets positions of a group in one request, as nobody's member: the broker takes all or, while the
 * group has members, none. kafkajs itself would join the group for it, and may wait for ever.
 */
export async function commitFromOutside(
  cluster: Cluster,
  groupId: string,
  topic: string,
  offsets: PartitionOffsets,
): Promise<void> {
  const partitions = [...offsets].map(([partition, offset]) => ({
    partition,
    offset: String(offset),
  }));
  const coordinator = await cluster.findGroupCoordinator({ groupId });
  await coordinator.offsetCommit({
    groupId,
    groupGenerationId: NO_GENERATION,
    memberId: NOBODY,
    topics: [{ topic, partitions }],
  });
}

/** Ends one membership of a group. */
export async function leaveGroup(
  cluster: Cluster,
  groupId: string,
  memberId: string,
): Promise<void> {
  const coordinator = (await cluster.findGroupCoordinator({ groupId })) as Coordinator;
  await coordinator.leaveGroup({ groupId, memberId });
}

/** Ends every membership of a group: members that live learn of it by their next heartbeat, and join again. */
export async function endMemberships(cluster: Cluster, groupId: string): Promise<void> {
  const coordinator = (await cluster.findGroupCoordinator({ groupId })) as Coordinator;
  const { groups } = await coordinator.describeGroups({ groupIds: [groupId] });
  for (const { memberId } of groups.flatMap(({ members }) => members)) {
    try {
      await coordinator.leaveGroup({ groupId, memberId });
    } catch (error) {
      // It left meanwhile.
      if (rootOf(error).type !== 'UNKNOWN_MEMBER_ID') throw error;
    }
  }
}
