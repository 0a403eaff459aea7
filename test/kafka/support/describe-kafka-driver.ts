import { DriverBench, type MakeDriver } from './kafka-driver/driver-bench.js';
import { driverCases } from './kafka-driver/driver.cases.js';
import { memberCases } from './kafka-driver/member.cases.js';
import { producerCases } from './kafka-driver/producer.cases.js';

/**
 * The contract of `KafkaDriver` on the Kafka that all tests share: a case for each promise of the interface. A crash for
 * want of a codec needs a process that lacks the package: see missing-codec.spec.ts.
 */
export function describeKafkaDriver(name: string, create: MakeDriver): void {
  describe(`Kafka driver ${name}`, () => {
    const bench = new DriverBench(create);
    beforeAll(() => bench.prepare());
    afterAll(() => bench.end());
    driverCases(bench);
    producerCases(bench);
    memberCases(bench);
  });
}
