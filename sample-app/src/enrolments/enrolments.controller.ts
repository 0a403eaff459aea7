import { BadRequestException, Body, Controller, Post } from '@nestjs/common';
import { type SendResult } from 'nestjs-openedx-event-bus';
import { CourseKey } from 'nestjs-openedx-event-bus/events';
import { type Enrolment, Enrolments } from './enrolments.js';

@Controller('enrolments')
export class EnrolmentsController {
  constructor(private readonly enrolments: Enrolments) {}

  /** `POST /enrolments {"learnerId": 7, "courseKey": "course-v1:edX+DemoX+2024", "mode": "audit"}` */
  @Post()
  create(@Body() body: Partial<Enrolment> | undefined): Promise<SendResult> {
    const { learnerId, courseKey, mode = 'audit' } = body ?? {};
    if (!Number.isSafeInteger(learnerId))
      throw new BadRequestException('learnerId must be an integer');
    if (!CourseKey.is(courseKey)) throw new BadRequestException('courseKey must be a course key');
    if (typeof mode !== 'string') throw new BadRequestException('mode must be a string');
    return this.enrolments.enrol({ learnerId: learnerId as number, courseKey, mode });
  }
}
