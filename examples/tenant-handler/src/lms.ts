import { Injectable } from '@nestjs/common';
import { EventBusProducer } from 'nestjs-openedx-event-bus';
import { COURSE_ENROLLMENT_CREATED } from 'nestjs-openedx-event-bus/events';

export const ENROLMENT_TOPIC = 'course-enrollment-lifecycle';

/** Stands for the LMS, which would send from another process. */
@Injectable()
export class Lms {
  constructor(private readonly events: EventBusProducer) {}

  async enrol(id: number, courseKey: string): Promise<void> {
    const username = `learner-${id}`;
    const pii = { username, email: `${username}@example.org`, name: username };
    await this.events.send(
      COURSE_ENROLLMENT_CREATED,
      {
        enrollment: {
          user: { id, is_active: true, pii },
          course: { course_key: courseKey, display_name: '' },
          mode: 'audit',
          is_active: true,
          creation_date: new Date(),
        },
      },
      { topic: ENROLMENT_TOPIC },
    );
  }
}
