import { Injectable, Logger } from '@nestjs/common';
import { EventBusProducer } from 'nestjs-openedx-event-bus';
import { COURSE_ENROLLMENT_CREATED } from 'nestjs-openedx-event-bus/events';
import { Crm } from './crm/crm.js';
import { FaultDemonstration } from './crm/fault-demonstration.js';
import { enrolmentRoute, eventOf } from './enrolments/enrolments.js';

const SAMPLE = { learnerId: 42, courseKey: 'course-v1:edX+DemoX+2024', mode: 'audit' };
const SHOWN_BYTES = 48;

/** Sends one event in two steps: `prepare` and `publish` are the two halves of `send`. Then shows a failure, if there is one. */
@Injectable()
export class Demonstration {
  private readonly logger = new Logger(Demonstration.name);

  constructor(
    private readonly events: EventBusProducer,
    private readonly crm: Crm,
    private readonly fault: FaultDemonstration,
  ) {}

  async run(): Promise<void> {
    const prepared = this.events.prepare(
      COURSE_ENROLLMENT_CREATED,
      eventOf(SAMPLE),
      enrolmentRoute,
    );
    for (const event of prepared) {
      const hex = Buffer.from(event.body).toString('hex', 0, SHOWN_BYTES);
      this.logger.log(`Encoded ${event.type}: ${event.body.length} bytes of Avro, ${hex}…`);
      const { topic, position } = await this.events.publish(event);
      this.logger.log(
        `Published event ${event.metadata.id} to topic ${topic} at offset ${position?.offset ?? 'unknown'}`,
      );
    }
    if (!this.crm.isAvailable) return this.fault.run();
    this.logger.log(
      'To see retries, a dead letter and a redrive, stop the service and run: FAIL_HANDLER=1 npm start',
    );
  }
}
