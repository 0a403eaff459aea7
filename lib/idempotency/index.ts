export type { IdempotencyOptions, IdempotencySettings } from '../settings/idempotency-settings.js';
export type {
  IdempotencyStore,
  IdempotencyStoreFactory,
  IdempotencyStoreHost,
} from '../transport/idempotency-store.interface.js';
export { OnceUnavailableError } from '../errors/idempotency.errors.js';
