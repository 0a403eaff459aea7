import { Injectable, Logger } from '@nestjs/common';
import { EventBusProducer, OnOpenEdxEvent } from 'nestjs-openedx-event-bus';
import {
  CERTIFICATE_CREATED,
  COURSE_PASSING_STATUS_UPDATED,
  type CoursePassingStatusUpdated,
} from 'nestjs-openedx-event-bus/events';

/** Issues a certificate to each learner who passes a course. */
@Injectable()
export class CertificateIssuer {
  private readonly logger = new Logger(CertificateIssuer.name);
  /** Learner and course of each certificate. A real service keeps them in its database. */
  private readonly issued = new Set<string>();

  constructor(private readonly events: EventBusProducer) {}

  @OnOpenEdxEvent(COURSE_PASSING_STATUS_UPDATED)
  async passed({ course_passing_status: status }: CoursePassingStatusUpdated): Promise<void> {
    const { is_passing, course, user } = status;
    const number = `${user.id}:${course.course_key}`;
    // The event can come again, and a grade can change: one certificate is enough.
    if (!is_passing || this.issued.has(number)) return;
    const { id } = await this.events.send(CERTIFICATE_CREATED, {
      certificate: {
        user,
        course,
        mode: 'verified',
        grade: 'Pass',
        download_url: `https://certificates.example.org/${encodeURIComponent(number)}`,
        name: user.pii.name,
        current_status: 'downloadable',
      },
    });
    this.issued.add(number);
    this.logger.log(`issued a certificate for ${course.course_key}: event ${id}`);
  }
}
