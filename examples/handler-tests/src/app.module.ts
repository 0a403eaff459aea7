import { Module } from '@nestjs/common';
import { EventBusModule } from 'nestjs-openedx-event-bus';
import { Enrolments } from './enrolments.js';
import { Onboarding } from './onboarding.js';

@Module({
  imports: [EventBusModule.forRoot({ group: 'onboarding' })],
  providers: [Enrolments, Onboarding],
})
export class AppModule {}
