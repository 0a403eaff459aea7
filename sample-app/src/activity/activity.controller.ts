import { Controller, Get, UseGuards } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { OnOpenEdxEvent } from 'nestjs-openedx-event-bus';
import { COURSE_ENROLLMENT_CREATED } from 'nestjs-openedx-event-bus/events';
import { ENROLMENT_TOPIC } from '../enrolments/enrolment-topic.js';
import { CourseActivity } from './course-activity.js';
import { type EnrolmentSummary, EnrolmentSummaryPipe } from './enrolment-summary.pipe.js';
import { OpenEdxSourceGuard } from './open-edx-source.guard.js';

/** How many enrolments are kept. */
const LATEST = 20;

/** Serves HTTP requests and handles events, in one controller behind one guard. */
@Controller('activity')
@UseGuards(OpenEdxSourceGuard)
export class ActivityController {
  private readonly latest: EnrolmentSummary[] = [];

  constructor(private readonly activity: CourseActivity) {}

  @Get()
  show(): { courses: Record<string, number>; latest: readonly EnrolmentSummary[] } {
    return { courses: this.activity.all(), latest: this.latest };
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the pipe changes the type of the parameter
  @OnOpenEdxEvent<any>(COURSE_ENROLLMENT_CREATED, { topic: ENROLMENT_TOPIC })
  enrolled(@Payload(EnrolmentSummaryPipe) summary: EnrolmentSummary): void {
    this.latest.unshift(summary);
    this.latest.length = Math.min(this.latest.length, LATEST);
  }
}
