export * from './event-bus.error.js';
export * from './configuration.errors.js';
export * from './event.errors.js';
export * from './producing.errors.js';
export * from './consuming.errors.js';
export { UnrecoverableError } from './unrecoverable.error.js';
