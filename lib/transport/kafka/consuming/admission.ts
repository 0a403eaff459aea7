import { messageOf } from '../../../errors/foreign-error.js';
import type { Admission } from '../../transport.interface.js';
import type { GroupMember, KafkaDriver } from '../kafka-driver.interface.js';

/** More than the group itself waits: members hear of it a little later. */
const LATE_MS = 5_000;
const MOST_NAMED = 5;

export interface AdmissionParts {
  readonly driver: Pick<KafkaDriver, 'members'>;
  readonly group: string;
  /** Our own id in the group. */
  readonly id: string | undefined;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
}

/** In ms: how long a group whose members have our settings takes at most to let a new member in. */
export function longestAdmission(
  parts: Pick<AdmissionParts, 'sessionTimeoutMs' | 'rebalanceTimeoutMs'>,
): number {
  return Math.max(parts.sessionTimeoutMs, parts.rebalanceTimeoutMs) + LATE_MS;
}

/** What a group waits for: its other members, each until it joins again or is given up. */
export async function admissionTo(parts: AdmissionParts): Promise<Admission> {
  const withinMs = longestAdmission(parts);
  const session = seconds(parts.sessionTimeoutMs);
  const rebalance = seconds(parts.rebalanceTimeoutMs);
  let others: readonly GroupMember[];
  try {
    const members = await parts.driver.members(parts.group);
    others = members.filter(({ id }) => id !== parts.id);
  } catch (error) {
    return {
      reason: `the broker does not list the members of the group (${messageOf(error)})`,
      withinMs,
    };
  }
  if (others.length === 0)
    return {
      reason:
        'there is no other member, so the broker waits for more to join (group.initial.rebalance.delay.ms)',
      withinMs,
    };
  const named = others.slice(0, MOST_NAMED).map(nameOf).join(', ');
  const more = others.length > MOST_NAMED ? ` and ${others.length - MOST_NAMED} more` : '';
  return {
    reason:
      `the group waits for ${named}${more}; a dead member is removed after its session timeout ` +
      `(${session} in this process), a busy one after its rebalance timeout (${rebalance} in this process)`,
    withinMs,
  };
}

function nameOf({ clientId, host }: GroupMember): string {
  // The broker shows an address with a slash before it.
  const address = host.replace(/^\//, '');
  return `${clientId} at ${address}`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
