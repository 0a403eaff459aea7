import { traits } from './transport-traits.js';
import type { RecordEnd } from '../../lib/consuming/observing/consuming-observer.js';
import type { OpenEdxEventContext } from '../../lib/consuming/handlers/event-context.js';
import type { EventHandler } from '../../lib/consuming/handlers/handler-registry.js';
import { EventCatalog } from '../../lib/events/event-catalog.js';
import type { EventDefinition } from '../../lib/events/event-definition.js';
import type { EventBusSettings } from '../../lib/settings/event-bus-settings.js';
import { KafkaWireFormat } from '../../lib/transport/kafka/wire/kafka-wire-format.js';
import { MemoryBroker, memoryTransport } from '../../lib/transport/memory/index.js';
import { ConsumingBus } from './consuming-bus.js';
import { ownRegistry } from './own-registry.js';
import { closeAll, kit } from './producer-kit.js';

const silent = () => undefined;
const host = {
  bus: 'default',
  setting: silent,
  logger: { log: silent, warn: silent, error: silent, debug: silent },
};

export interface Received {
  readonly data: unknown;
  readonly context: OpenEdxEventContext;
}

export interface WholeBusOptions {
  readonly sending?: Partial<EventBusSettings>;
  readonly consuming?: Partial<EventBusSettings>;
  readonly handler?: Partial<Omit<EventHandler, 'invoke'>>;
}

/** A producer and a consumer on an embedded bus whose records are those of the wire format. */
export class WholeBus {
  readonly handled: Received[] = [];
  readonly ends: RecordEnd[] = [];
  private heard: () => void = silent;

  private constructor(
    readonly catalog: EventCatalog,
    readonly sending: ReturnType<typeof kit>,
    private readonly close: () => Promise<void>,
  ) {}

  static async open(
    wireOf: 'redis' | 'kafka',
    events: Iterable<EventDefinition>,
    { sending: producing = {}, consuming: reading = {}, handler = {} }: WholeBusOptions = {},
  ): Promise<WholeBus> {
    const memory = await memoryTransport({ broker: new MemoryBroker() })(host);
    const parts =
      wireOf === 'redis'
        ? memory
        : { ...memory, wire: new KafkaWireFormat({ registry: ownRegistry() }) };
    const catalog = new EventCatalog(events);
    const sending = kit(
      {},
      {
        parts,
        catalog,
        traits: traits[wireOf],
        settings: { topicPrefix: undefined, ...producing },
      },
    );
    const consuming = new ConsumingBus(parts.transport, reading, {
      parts,
      catalog,
      onRecordEnd: (end) => bus.end(end),
    });
    const bus: WholeBus = new WholeBus(catalog, sending, async () => {
      await closeAll();
      await consuming.drain();
      await parts.transport.close(Date.now() + 100);
    });
    consuming.handle((data, context) => void bus.handled.push({ data, context }), {
      pattern: '*',
      ...handler,
    });
    await consuming.runtime.start();
    return bus;
  }

  get producer() {
    return this.sending.producer;
  }

  /** The one event that `work` has put on the bus, as the handler received it. */
  async receivedAfter(work: () => unknown): Promise<Received> {
    const [ended, handled] = [this.ends.length, this.handled.length];
    await work();
    if (this.ends.length === ended) await this.nextEnd();
    const end = this.ends[ended]!;
    if (end.result !== 'handled')
      throw new Error(`the record was ${end.result}`, { cause: end.error });
    expect([this.ends.length, this.handled.length]).toEqual([ended + 1, handled + 1]);
    return this.handled[handled]!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private end(end: RecordEnd): void {
    this.ends.push(end);
    this.heard();
  }

  private nextEnd(): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('no record came')), 5_000);
      this.heard = () => {
        clearTimeout(late);
        resolve();
      };
    });
  }
}
