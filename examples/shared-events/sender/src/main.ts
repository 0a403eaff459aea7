import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { COURSE_SEEN, COURSE_TOPIC } from '@example/course-events';
import { EventBusModule, EventBusProducer } from 'nestjs-openedx-event-bus';

const app = await NestFactory.createApplicationContext(
  EventBusModule.forRoot({ serviceName: 'sender', events: [COURSE_SEEN] }),
);
const visit = {
  learner_id: 7,
  course_key: 'course-v1:edX+DemoX+2026',
  seen_at: new Date(),
  page: 'outline',
};
const { id } = await app
  .get(EventBusProducer)
  .send(COURSE_SEEN, { visit }, { topic: COURSE_TOPIC });
console.log(`sent ${COURSE_SEEN.type} ${id}`);
await app.close();
