import { Injectable, Logger } from '@nestjs/common';
import { type EventData, OnOpenEdxEvent, type OpenEdxEventContext } from 'nestjs-openedx-event-bus';
import { COURSE_ENROLLMENT_CREATED } from 'nestjs-openedx-event-bus/events';
import { ENROLMENT_TOPIC } from '../enrolments/enrolment-topic.js';

/** Counts the enrolments of each course. */
@Injectable()
export class CourseActivity {
  private readonly logger = new Logger(CourseActivity.name);
  private readonly enrolments = new Map<string, number>();

  @OnOpenEdxEvent(COURSE_ENROLLMENT_CREATED, { topic: ENROLMENT_TOPIC })
  enrolled(
    { enrollment }: EventData<typeof COURSE_ENROLLMENT_CREATED>,
    context: OpenEdxEventContext,
  ): void {
    const { course, mode } = enrollment;
    this.enrolments.set(course.course_key, this.of(course.course_key) + 1);
    this.logger.log(
      `Decoded ${context.record.value?.length ?? 0} bytes: an enrolment in ${course.course_key} (${mode})`,
    );
    this.logger.log(`Handled event ${context.metadata.id} in attempt ${context.attempt}`);
  }

  of(courseKey: string): number {
    return this.enrolments.get(courseKey) ?? 0;
  }

  all(): Record<string, number> {
    return Object.fromEntries(this.enrolments);
  }
}
