import { Module } from '@nestjs/common';
import { EventBusModule } from 'nestjs-openedx-event-bus';
import { memoryTransport } from 'nestjs-openedx-event-bus/memory';
import { EnrolmentCounter } from './enrolment-counter.js';
import { ENROLMENT_TOPIC, Lms } from './lms.js';
import { Tenant } from './tenant.js';
import { TenantDatabases } from './tenant-databases.js';

@Module({
  imports: [
    EventBusModule.forRoot({
      transport: memoryTransport(),
      group: 'enrolment-counter',
      // Records carry no key here, as on Redis: this field of the data is the key of the event.
      keyFields: { [ENROLMENT_TOPIC]: 'enrollment.course.course_key' },
    }),
  ],
  providers: [EnrolmentCounter, Lms, Tenant, TenantDatabases],
})
export class AppModule {}
