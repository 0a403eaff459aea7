import { Module } from '@nestjs/common';
import { EventBusModule } from 'nestjs-openedx-event-bus';
import { ActivityController } from './activity/activity.controller.js';
import { CourseActivity } from './activity/course-activity.js';
import { Crm } from './crm/crm.js';
import { CrmSync } from './crm/crm-sync.js';
import { FaultDemonstration } from './crm/fault-demonstration.js';
import { Demonstration } from './demonstration.js';
import { EnrolmentsController } from './enrolments/enrolments.controller.js';
import { Enrolments } from './enrolments/enrolments.js';
import { HealthController } from './health/health.controller.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { telemetry } from './metrics/telemetry.js';

const { EVENT_BUS_TRANSPORT, EVENT_BUS_PRODUCER, EVENT_BUS_CONSUMER } = process.env;
const configured = EVENT_BUS_TRANSPORT ?? EVENT_BUS_PRODUCER ?? EVENT_BUS_CONSUMER;

@Module({
  imports: [
    EventBusModule.forRoot({
      // The package has no default transport. The sample uses the in-memory transport unless the environment names another.
      transport: configured ? undefined : 'memory',
      group: 'course-activity',
      serviceName: 'course-activity',
      // An event whose handler fails three times is kept as a dead letter.
      retry: { attempts: 3, delayMs: 500 },
      onFailure: 'deadLetter',
      telemetry,
    }),
  ],
  controllers: [EnrolmentsController, ActivityController, HealthController, MetricsController],
  providers: [Enrolments, CourseActivity, Crm, CrmSync, Demonstration, FaultDemonstration],
})
export class AppModule {}
