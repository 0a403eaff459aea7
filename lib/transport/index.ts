export type * from './dead-letter-store.interface.js';
export type * from './later-retries.interface.js';
export type * from './idempotency-store.interface.js';
export type * from './transport.interface.js';
export type * from './wire-format.interface.js';
export { monotonicNow } from '../common/clocks.js';
