import type { EventBusSettingsOptions } from '../../lib/settings/event-bus-settings.js';
import { redisTransport } from '../../lib/transport/redis/index.js';
import { sharedRedisUrl } from '../services/shared-services.js';
import { type EventReader, type HandledEvent, startEventReader } from '../support/event-reader.js';

export type { EventReader as Reader, HandledEvent } from '../support/event-reader.js';

export interface ReaderOptions {
  readonly topic: string;
  readonly member: string;
  /** Called for each attempt and awaited; what it throws, the handler throws. */
  readonly handle?: (event: HandledEvent) => unknown;
  readonly settings?: EventBusSettingsOptions;
  /** Default: the shared Redis. */
  readonly url?: string;
  /** Seconds after which what another member has in hand is taken over. */
  readonly claimIdle?: number;
}

/** Our real consumer on the shared Redis, as one member of the group `g`, with one handler of every event. */
export function startReader({
  topic,
  member,
  handle,
  settings,
  url = sharedRedisUrl(),
  claimIdle,
}: ReaderOptions): Promise<EventReader> {
  const transport = redisTransport({
    ...{ url, consumerName: member },
    ...(claimIdle !== undefined && { claimIdle }),
  });
  return startEventReader({ transport, topic, group: 'g', handle, settings });
}
