import type { IncomingRecord } from '../../../transport.interface.js';
import { headersOf } from '../outgoing-message.js';

interface Message {
  recordOf(topic: string): IncomingRecord;
}

/** What users of kafkajs find in a message that they get. */
const READ: Readonly<Record<string, (message: Message) => unknown>> = {
  value: (message) => message.recordOf('').body,
  headers: (message) => headersOf(message.recordOf('').attributes),
  timestamp: (message) => String(message.recordOf('').brokerTime ?? -1),
  attributes: () => 0,
};

/**
 * Lets messages of a class be read, and be changed, as those of kafkajs: we do not ask for more than `ReadMessage`, but
 * whoever wrapped `consumer.run` (OpenTelemetry, Sentry, …) does. Nothing of it is made before it is asked for.
 */
export function asKafkaMessages(prototype: Message): void {
  for (const [name, read] of Object.entries(READ))
    replaceable(prototype, name, function (this: Message) {
      return read(this);
    });
  for (const [name, own] of Object.entries(Object.getOwnPropertyDescriptors(prototype)))
    if ('get' in own && !(name in READ)) replaceable(prototype, name, getterOf(own));
}

function getterOf(own: object): (this: never) => unknown {
  return (own as { readonly get: (this: never) => unknown }).get;
}

function replaceable(prototype: object, name: string, get: (this: never) => unknown): void {
  Object.defineProperty(prototype, name, {
    get,
    set(this: object, value: unknown) {
      const own = { value, writable: true, enumerable: true, configurable: true };
      Object.defineProperty(this, name, own);
    },
    configurable: true,
  });
}
