import { Module } from '@nestjs/common';
import { EventBusModule } from 'nestjs-openedx-event-bus';
import { ActivityController } from './activity/activity.controller.js';
import { CourseActivity } from './activity/course-activity.js';
import { Demonstration } from './demonstration.js';
import { EnrolmentsController } from './enrolments/enrolments.controller.js';
import { Enrolments } from './enrolments/enrolments.js';

const { EVENT_BUS_TRANSPORT, EVENT_BUS_PRODUCER, EVENT_BUS_CONSUMER } = process.env;
const configured = EVENT_BUS_TRANSPORT ?? EVENT_BUS_PRODUCER ?? EVENT_BUS_CONSUMER;

@Module({
  imports: [
    EventBusModule.forRoot({
      // The package has no default transport. The sample uses the in-memory transport unless the environment names another.
      transport: configured ? undefined : 'memory',
      group: 'course-activity',
      serviceName: 'course-activity',
    }),
  ],
  controllers: [EnrolmentsController, ActivityController],
  providers: [Enrolments, CourseActivity, Demonstration],
})
export class AppModule {}
