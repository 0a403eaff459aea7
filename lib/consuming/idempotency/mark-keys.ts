import { createHash } from 'node:crypto';

/** Longer keys are hashed. */
const LONGEST_KEY = 200;
const ODD = /[^A-Za-z0-9._-]/g;

/** What a mark is about. */
export interface MarkSubject {
  readonly group: string;
  /** Id of the handler. */
  readonly handler: string;
  readonly eventId: string;
}

/** The keys of one bus. Other names give another key, and no key is longer than 200 characters. */
export class MarkKeys {
  private readonly bus: string;

  /** Environments that share a store are told apart by their topic prefix. */
  constructor({ bus, topicPrefix }: { bus: string; topicPrefix?: string | undefined }) {
    this.bus = `${encoded(topicPrefix ?? '')}:${encoded(bus)}`;
  }

  /** Of a handler that is idempotent. */
  of({ group, handler, eventId }: MarkSubject): string {
    return bounded(`${this.bus}:${encoded(group)}:${encoded(handler)}:${encoded(eventId)}`);
  }

  /** Of a call of `once`. */
  ofOnce(subject: MarkSubject, name: string): string {
    const { group, handler, eventId } = subject;
    const parts = [group, handler, eventId, 'once', name].map(encoded);
    return bounded(`${this.bus}:${parts.join(':')}`);
  }
}

function encoded(text: string): string {
  return text.replace(
    ODD,
    (unit) => `%${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
}

function bounded(key: string): string {
  if (key.length <= LONGEST_KEY) return key;
  return `~${createHash('sha256').update(key).digest('base64url')}`;
}
