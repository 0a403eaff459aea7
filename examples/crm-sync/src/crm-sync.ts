import { Injectable, Logger } from '@nestjs/common';
import { OnOpenEdxEvent, type OpenEdxEventContext } from 'nestjs-openedx-event-bus';
import { CERTIFICATE_CREATED, type CertificateCreated } from 'nestjs-openedx-event-bus/events';
import { CrmClient } from './crm-client.js';

/** Stores in the CRM who completed which course. */
@Injectable()
export class CrmSync {
  private readonly logger = new Logger(CrmSync.name);

  constructor(private readonly crm: CrmClient) {}

  @OnOpenEdxEvent(CERTIFICATE_CREATED, {
    // Dead letters, waiting records and marks of handled events name it: keep it when you rename the class.
    id: 'crm-sync.certified',
    topic: 'learning-certificate-lifecycle',
    // An event that is delivered again, for example after a crash, is left out once it was handled.
    idempotent: true,
  })
  async certified(
    { certificate: { user, course, grade } }: CertificateCreated,
    { metadata, attempt }: OpenEdxEventContext,
  ): Promise<void> {
    const completion = { email: user.pii.email, course: course.course_key, grade };
    await this.crm.store(metadata.id, completion);
    this.logger.log(`stored the completion of event ${metadata.id} at attempt ${attempt}`);
  }
}
