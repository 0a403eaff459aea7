// Every entry point of the package, for one report of the public API.
export * as root from '../dist/index.js';
export * as events from '../dist/events/index.js';
export * as schema from '../dist/schema/index.js';
export * as deadLetters from '../dist/dead-letters/index.js';
export * as idempotency from '../dist/idempotency/index.js';
export * as health from '../dist/health/index.js';
export * as terminus from '../dist/terminus/index.js';
export * as transport from '../dist/transport/index.js';
export * as memory from '../dist/transport/memory/index.js';
export * as redis from '../dist/transport/redis/index.js';
export * as kafka from '../dist/transport/kafka/index.js';
export * as cli from '../dist/cli/index.js';
export * as telemetry from '../dist/telemetry/index.js';
export * as opentelemetry from '../dist/opentelemetry/index.js';
export * as testing from '../dist/testing/index.js';
