import { keyBeside } from '../connection/key-slot.js';

/** Who holds a consumer name of a group on a stream. */
export function leaseKey(stream: string, group: string, consumer: string): string {
  return keyBeside(stream, 'lease', group, consumer);
}

/** There while a consumer name counts as ours: without a lease it is then not alive. */
export function ownNameKey(stream: string, group: string, consumer: string): string {
  return keyBeside(stream, 'member', group, consumer);
}

/** Who alone reads a stream for a group. */
export function readerKey(stream: string, group: string): string {
  return keyBeside(stream, 'reader', group);
}
