import { traits } from './transport-traits.js';
import { codecFor } from '../../lib/codec/event-codec.js';
import { EventCatalog } from '../../lib/events/event-catalog.js';
import { defineEvent } from '../../lib/events/event-definition.js';
import { long, record, string } from '../../lib/events/fields.js';
import { noTelemetry } from '../../lib/observability/event-bus-telemetry.js';
import { StatusBoard } from '../../lib/observability/status-board.js';
import {
  BusEventProducer,
  type BusEventProducerOptions,
} from '../../lib/producing/event-producer.js';
import type { EventBusProducerConfig } from '../../lib/settings/producer-config.js';
import { resolveSettings } from './resolve-settings.js';
import type { PreparedEvent } from '../../lib/transport/wire-format.interface.js';
import { ScriptedPublisher } from './scripted-publisher.js';

export const THING = defineEvent({
  type: 'org.openedx.test.thing.happened.v1',
  data: { thing: record('Thing', { name: string(), user: record('Who', { id: long() }) }) },
});
export const OTHER = defineEvent({ type: 'org.openedx.test.other.v1', data: { name: string() } });
export const DATA = { thing: { name: 'secret-payload', user: { id: 7 } } };
export const BODY = codecFor(THING).encode(DATA);

export interface Kit {
  producer: BusEventProducer;
  publisher: ScriptedPublisher;
  status: StatusBoard;
  lines: { level: string; text: string }[];
  reported: { prepared: PreparedEvent; error: Error }[];
}

const open: BusEventProducer[] = [];

/** Closes every producer that `kit` made: for `afterEach`. */
export const closeAll = () =>
  Promise.all(open.splice(0).map((producer) => producer.close(Date.now())));

/** A producer on a scripted transport that confirms everything, with ears everywhere. */
export function kit(
  routes: EventBusProducerConfig = {},
  more: Partial<Omit<BusEventProducerOptions, 'settings'>> & { settings?: object } = {},
): Kit {
  const publisher = new ScriptedPublisher();
  publisher.answerWith = (sent) => publisher.sent(sent);
  const status = new StatusBoard('default');
  const lines: Kit['lines'] = [];
  const reported: Kit['reported'] = [];
  const say = (level: string) => (text: string) => void lines.push({ level, text });
  const { settings = {}, ...rest } = more;
  const producer = new BusEventProducer({
    parts: publisher.parts,
    traits: traits.redis,
    catalog: new EventCatalog([THING, OTHER, ...EventCatalog.openEdx().all()]),
    counter: status,
    telemetry: noTelemetry,
    logger: { log: say('log'), warn: say('warn'), error: say('error'), debug: say('debug') },
    onSendFailure: (prepared, error) => void reported.push({ prepared, error }),
    ...rest,
    settings: {
      ...resolveSettings(
        { transport: 'memory', producerConfig: routes, topicPrefix: 'dev' },
        { env: {} },
      ),
      ...settings,
    },
  });
  open.push(producer);
  return { producer, publisher, status, lines, reported };
}
export const route = (
  topics: Record<string, boolean>,
  event_key_field = 'thing.user.id',
): EventBusProducerConfig => ({
  [THING.type]: Object.fromEntries(
    Object.entries(topics).map(([topic, enabled]) => [topic, { event_key_field, enabled }]),
  ),
});
