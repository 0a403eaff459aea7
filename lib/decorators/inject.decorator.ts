import { Inject } from '@nestjs/common';
import { DEFAULT_BUS, producerToken, statusToken } from '../event-bus.constants.js';

/** Injects the `EventBusProducer` of a named bus; the unnamed one is also injected by its class. */
export function InjectEventProducer(
  bus: string = DEFAULT_BUS,
): PropertyDecorator & ParameterDecorator {
  return Inject(producerToken(bus));
}

/** Injects the `EventBusStatus` of a named bus; the unnamed one is also injected by its class. */
export function InjectEventBusStatus(
  bus: string = DEFAULT_BUS,
): PropertyDecorator & ParameterDecorator {
  return Inject(statusToken(bus));
}
