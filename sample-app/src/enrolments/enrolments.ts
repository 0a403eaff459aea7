import { Injectable } from '@nestjs/common';
import { type EventInput, EventBusProducer, type SendResult } from 'nestjs-openedx-event-bus';
import { COURSE_ENROLLMENT_CREATED } from 'nestjs-openedx-event-bus/events';
import { ENROLMENT_TOPIC } from './enrolment-topic.js';

export interface Enrolment {
  readonly learnerId: number;
  readonly courseKey: string;
  readonly mode: string;
}

export const enrolmentRoute = {
  topic: ENROLMENT_TOPIC,
  keyField: 'enrollment.course.course_key',
} as const;

@Injectable()
export class Enrolments {
  constructor(private readonly events: EventBusProducer) {}

  /** Enrols a learner and sends the event; resolves when the broker has confirmed it. */
  enrol(enrolment: Enrolment): Promise<SendResult> {
    return this.events.send(COURSE_ENROLLMENT_CREATED, eventOf(enrolment), enrolmentRoute);
  }
}

export function eventOf({
  learnerId,
  courseKey,
  mode,
}: Enrolment): EventInput<typeof COURSE_ENROLLMENT_CREATED> {
  const username = `learner-${learnerId}`;
  return {
    enrollment: {
      user: {
        id: learnerId,
        is_active: true,
        pii: { username, email: `${username}@example.org`, name: 'A Sample Learner' },
      },
      course: { course_key: courseKey, display_name: 'A Sample Course' },
      mode,
      is_active: true,
      creation_date: new Date(),
    },
  };
}
