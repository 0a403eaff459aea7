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
    stop: () => runtime.drain(Date.now() + shutdownTimeoutMs),
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

/** The settings for a request. */
export function settingsFor<S extends EventBusSettings>(request: ConsumeRequest, settings: S): S {
  return request.oneAtATime ? { ...settings, concurrency: 1, sourceConcurrency: 1 } : settings;
}
