import type { Cluster } from 'kafkajs';
import { forEachNewBroker } from './kafkajs-internals.js';

interface AskedBroker {
  findGroupCoordinator(request: object): Promise<unknown>;
}

/**
 * Has kafkajs say why it found no broker that coordinates a group: it asks one after the other and forgets what each
 * answered, a refusal as well as that it did not answer in time.
 */
export function keepCoordinatorFailures(cluster: Cluster): void {
  let last: unknown;
  forEachNewBroker(cluster, (broker) => {
    const asked = broker as unknown as AskedBroker;
    const find = asked.findGroupCoordinator.bind(asked);
    asked.findGroupCoordinator = async (request) => {
      try {
        return await find(request);
      } catch (error) {
        last = error;
        throw error;
      }
    };
  });
  const findCoordinator = cluster.findGroupCoordinator.bind(cluster);
  cluster.findGroupCoordinator = async (group) => {
    last = undefined;
    try {
      return await findCoordinator(group);
    } catch (error) {
      const isEmpty = (error as Error).name === 'KafkaJSGroupCoordinatorNotFound';
      if (isEmpty && last !== undefined) Object.assign(error as Error, { cause: last });
      throw error;
    }
  };
}
