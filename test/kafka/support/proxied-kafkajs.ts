import * as kafkajs from 'kafkajs';

/** kafkajs whose every connection goes to another port of the loopback address than it was told. */
export function throughProxies(proxyOf: (port: number) => number): typeof kafkajs {
  class Kafka extends kafkajs.Kafka {
    constructor(config: kafkajs.KafkaConfig) {
      const open = config.socketFactory!;
      super({ ...config, socketFactory: (to) => open({ ...to, port: proxyOf(to.port) }) });
    }
  }
  return { ...kafkajs, Kafka };
}
