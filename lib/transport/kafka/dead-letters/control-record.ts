import type { LetterClosing } from '../../dead-letter-store.interface.js';
import { type ClosingParts, letterClosing } from '../../common/letter-closing.js';
import type { IncomingRecord, OutgoingRecord } from '../../transport.interface.js';

/** Names the kind of a record that is no letter, and is its only header: a letter has others too. */
const KIND = 'openedx.dlq.record';
/** As many letters as one record names. */
export const MOST_OFFSETS = 1_000;
/** Nobody needs a letter for longer: a record that says so would keep it from everybody. */
const LONGEST_CLAIM_MS = 24 * 3_600_000;

/** An owner reserves letters of the partition, from the broker's time of the record on. */
export interface Claim {
  readonly kind: 'claim';
  readonly offsets: readonly number[];
  readonly owner: string;
  readonly ms: number;
}

/** An owner gives up letters. */
export interface Release {
  readonly kind: 'release';
  readonly offsets: readonly number[];
  readonly owner: string;
}

export interface Closing {
  readonly kind: 'closing';
  readonly offset: number;
  readonly owner: string;
  readonly closing: LetterClosing;
}

/** What is done to letters of a partition, in a record of the same partition. */
export type Control = Claim | Release | Closing;

export function controlRecord(topic: string, partition: number, control: Control): OutgoingRecord {
  const attributes = [[KIND, Buffer.from(control.kind)]] as const;
  const value = Buffer.from(JSON.stringify(contentOf(control)));
  return { topic, partition, key: null, attributes, value, untrimmed: true };
}

/** Undefined for a letter; `malformed` for a record that says it is none, and cannot be understood. */
export function controlOf(
  record: IncomingRecord,
  partition: number,
): Control | 'malformed' | undefined {
  const { key, attributes, value, unreadable, topic } = record;
  if (key !== null || unreadable || attributes.length !== 1) return undefined;
  const [[name, kind]] = attributes as [IncomingRecord['attributes'][number]];
  if (name !== KIND) return undefined;
  const content = parsed(value);
  return (content && understood(textOf(kind), content, { topic, partition })) ?? 'malformed';
}

type Content = Readonly<Record<string, unknown>>;

function contentOf(control: Control): Content {
  const { kind, owner } = control;
  if (kind === 'claim') return { offsets: control.offsets, owner, ms: control.ms };
  if (kind === 'release') return { offsets: control.offsets, owner };
  const { letterId, action, by, at, reason } = control.closing;
  return { offset: control.offset, owner, id: letterId, action, by, at, reason };
}

function understood(
  kind: string,
  content: Content,
  { topic, partition }: { readonly topic: string; readonly partition: number },
): Control | undefined {
  const { owner, offsets, offset, ms } = content;
  if (typeof owner !== 'string') return undefined;
  if (kind === 'closing') {
    if (!isOffset(offset)) return undefined;
    const position = { topic, partition: String(partition), offset: String(offset) };
    const parts = { ...content, letterId: content.id } as unknown as ClosingParts;
    const closing = letterClosing(position, parts);
    return closing && { kind, offset, owner, closing };
  }
  if (!Array.isArray(offsets) || offsets.length > MOST_OFFSETS) return undefined;
  if (!offsets.every(isOffset)) return undefined;
  if (kind === 'release') return { kind, offsets, owner };
  if (kind !== 'claim' || typeof ms !== 'number' || !(ms > 0)) return undefined;
  return { kind, offsets, owner, ms: Math.min(ms, LONGEST_CLAIM_MS) };
}

function isOffset(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function parsed(value: Uint8Array | null): Content | undefined {
  try {
    const content: unknown = JSON.parse(textOf(value));
    return typeof content === 'object' && content !== null ? (content as Content) : undefined;
  } catch {
    return undefined;
  }
}

function textOf(bytes: Uint8Array | null): string {
  return Buffer.from(bytes ?? []).toString();
}
