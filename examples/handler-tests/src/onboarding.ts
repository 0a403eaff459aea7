import { Injectable } from '@nestjs/common';
import { EventBusProducer, OnOpenEdxEvent, UnrecoverableError } from 'nestjs-openedx-event-bus';
import {
  COURSE_ENROLLMENT_CREATED,
  STUDENT_REGISTRATION_COMPLETED,
  type StudentRegistrationCompleted,
} from 'nestjs-openedx-event-bus/events';
import { Enrolments } from './enrolments.js';

/** Enrols everybody who registers in the course that explains the site. */
@Injectable()
export class Onboarding {
  constructor(
    private readonly enrolments: Enrolments,
    private readonly events: EventBusProducer,
  ) {}

  @OnOpenEdxEvent(STUDENT_REGISTRATION_COMPLETED, { topic: 'user-registration' })
  async registered({ user }: StudentRegistrationCompleted): Promise<void> {
    if (!user.is_active) throw new UnrecoverableError(`learner ${user.id} is not active`);
    if (!(await this.enrolments.add(user.id))) return;
    const enrollment = {
      user,
      course: { course_key: 'course-v1:edX+Onboarding+2026', display_name: 'Welcome' },
      mode: 'audit',
      is_active: true,
      creation_date: new Date(),
    };
    await this.events.send(COURSE_ENROLLMENT_CREATED, { enrollment }, { topic: 'enrolments' });
  }
}
