import type { LetterClosing } from '../dead-letter-store.interface.js';
import type { RecordPosition } from '../transport.interface.js';

const ACTIONS: Readonly<Record<LetterClosing['action'], true>> = {
  redriven: true,
  failedAgain: true,
  discarded: true,
  duplicate: true,
};

/** What a closing says beside the position, as it was read: anybody with the right may write such a record. */
export interface ClosingParts {
  readonly letterId: unknown;
  readonly action: unknown;
  readonly by: unknown;
  readonly at: unknown;
  readonly reason: unknown;
}

/** Undefined where a part is missing or of another type. */
export function letterClosing(
  position: RecordPosition,
  { letterId, action, by, at, reason }: ClosingParts,
): LetterClosing | undefined {
  if (typeof letterId !== 'string' || typeof by !== 'string' || !isAction(action)) return undefined;
  if (typeof at !== 'number' || Number.isNaN(new Date(at).getTime())) return undefined;
  return { position, letterId, action, by, at, ...(typeof reason === 'string' && { reason }) };
}

function isAction(action: unknown): action is LetterClosing['action'] {
  return typeof action === 'string' && Object.hasOwn(ACTIONS, action);
}
