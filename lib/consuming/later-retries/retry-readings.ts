import type { HandlerRegistry } from '../handlers/handler-registry.js';
import type { ProcessingContext } from '../processing/processing-context.js';
import type { GroupReading } from '../subscribing/group-subscription.js';
import { retryGroup, type RetryTier } from './retry-topics.js';
import { RetryWorker } from './retry-worker.js';

/** What is read for the later retries of a bus: for each group all topics on which its records wait. */
export function retryReadings(
  parts: ProcessingContext,
  handlers: Pick<HandlerRegistry, 'subscriptions' | 'receiversOf'>,
): GroupReading[] {
  const { topics } = parts.retries!;
  const groups = new Map<string, RetryTier[]>();
  for (const tier of topics.tiers(handlers))
    groups.set(tier.group, [...(groups.get(tier.group) ?? []), tier]);
  return [...groups].map(([group, tiers]): GroupReading => {
    const byName = new Map(tiers.map((tier) => [topics.of(tier).name, topics.of(tier)]));
    return {
      group: retryGroup(group),
      topics: tiers.map((tier) => topics.nameOf(tier)),
      start: 'earliest',
      deleteSettled: true,
      workerFor: (source, topic, isCrowded) =>
        new RetryWorker(parts, { ...source, group }, isCrowded, {
          group,
          topic: byName.get(topic)!,
        }),
    };
  });
}
