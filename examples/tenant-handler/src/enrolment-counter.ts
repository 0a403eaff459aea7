import { Injectable, Logger } from '@nestjs/common';
import { OnOpenEdxEvent } from 'nestjs-openedx-event-bus';
import { COURSE_ENROLLMENT_CREATED } from 'nestjs-openedx-event-bus/events';
import { ENROLMENT_TOPIC } from './lms.js';
import { Tenant } from './tenant.js';
import { TenantDatabases } from './tenant-databases.js';

/** Request-scoped, because the tenant is: each event gets an instance of its own. */
@Injectable()
export class EnrolmentCounter {
  private readonly logger = new Logger(EnrolmentCounter.name);

  constructor(
    private readonly tenant: Tenant,
    private readonly databases: TenantDatabases,
  ) {}

  @OnOpenEdxEvent(COURSE_ENROLLMENT_CREATED, { topic: ENROLMENT_TOPIC })
  enrolled(): void {
    const count = this.databases.addEnrolment(this.tenant.name);
    this.logger.log(`tenant ${this.tenant.name} has ${count} enrolments`);
  }
}
