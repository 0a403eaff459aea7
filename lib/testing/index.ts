export {
  assertAllReceived,
  assertEachReceivedOnce,
  assertInOrder,
  compareIds,
  type IdDifference,
} from './assertions.js';
export type { TransportUnderTest } from './conformance/bench.js';
export { RecordingSink, type Reaction } from './conformance/recording-sink.js';
export {
  describeIdempotencyStore,
  type DescribeIdempotencyStoreOptions,
} from './describe-idempotency-store.js';
export { describeTransport, type DescribeTransportOptions } from './describe-transport.js';
export {
  EventBusTestKit,
  type SentEvent,
  type TestEmitOptions,
  type TestKitOptions,
} from './event-bus-test-kit.js';
export { type DeepPartial, sampleOf, type SampleOptions } from './sample-of.js';
export {
  eventBusMatchers,
  type EventBusMatchers,
  type MatcherContext,
  type MatcherResult,
} from './matchers.js';
export type { ExpectedData, ValueMatcher } from './sent-data.js';
export { TestClock, type TestClockMode } from './test-clock.js';
