import type { INestApplication } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import type { AsyncMicroserviceOptions } from '@nestjs/microservices';
import { EventBusServer } from '../../../lib/microservice/event-bus.server.js';

/**
 * Since Nest 11.1.7 a microservice's options may be made by a factory, and the application says which
 * microservices it was given.
 */
export const tellsOfMicroservices = 'getRpcTargetRegistry' in ModulesContainer.prototype;

export const asMicroservice: AsyncMicroserviceOptions = {
  inject: [EventBusServer],
  useFactory: (strategy: EventBusServer) => ({ strategy }),
};

/** A hybrid application that has the bus as a microservice, which is not started yet. */
export async function hybrid(root: new () => object, logger: false | object = false) {
  const app = await NestFactory.create(root, { logger: logger as false, abortOnError: false });
  connect(app);
  return app;
}

export function connect(app: INestApplication): void {
  if (tellsOfMicroservices) app.connectMicroservice(asMicroservice);
  else app.connectMicroservice({ strategy: app.get(EventBusServer) });
}
