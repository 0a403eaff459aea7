import { Injectable, type PipeTransform } from '@nestjs/common';
import type { CourseEnrollmentCreated } from 'nestjs-openedx-event-bus/events';

export interface EnrolmentSummary {
  readonly course: string;
  readonly mode: string;
}

/** Reduces an enrolment to course and mode, without personal data of the learner. */
@Injectable()
export class EnrolmentSummaryPipe implements PipeTransform<
  CourseEnrollmentCreated,
  EnrolmentSummary
> {
  transform({ enrollment }: CourseEnrollmentCreated): EnrolmentSummary {
    return { course: enrollment.course.course_key, mode: enrollment.mode };
  }
}
