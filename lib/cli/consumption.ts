import { monotonicNow } from '../common/clocks.js';
import type { ConsumerRuntime } from '../consuming/consumer-runtime.js';
import type { ConsumerRuntimeOptions } from '../consuming/consumer-runtime.options.js';
import type { EventBusSettings } from '../settings/event-bus-settings.js';
import { fullTopic } from '../transport/topic-prefix.js';
import type { ConsumeRequest, Consumption } from './cli-host.interface.js';

/** A runtime as a command uses it. */
export function consumptionOf(
  runtime: ConsumerRuntime,
  { consumersEnabled, shutdownTimeoutMs }: EventBusSettings,
): Consumption {
  return {
    enabled: consumersEnabled,
    start: () => runtime.start(),
    stop: () => runtime.drain(monotonicNow() + shutdownTimeoutMs),
  };
}

/** Member and start of a request, as the runtime takes them. */
export function startOf(
  { topic, member, start }: ConsumeRequest,
  topicPrefix: string | undefined,
): Pick<ConsumerRuntimeOptions, 'member' | 'start'> {
  return {
    ...(member === undefined ? {} : { member }),
    ...(start === undefined
      ? {}
      : {
          start:
            typeof start === 'string'
              ? start
              : {
                  after: [
                    { topic: fullTopic(topicPrefix, topic), partition: '0', offset: start.afterId },
                  ],
                },
        }),
  };
}

/**
 * Settings with which one record is in hand at a time: nothing is begun behind the last one wanted,
 * and what is skipped is told in its place.
 */
export function oneInHand<S extends EventBusSettings>(settings: S): S {
  return { ...settings, maxInFlight: 1, concurrency: 1, sourceConcurrency: 1 };
}
