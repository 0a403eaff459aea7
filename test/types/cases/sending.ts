import { type EventBusProducer, type EventData } from 'nestjs-openedx-event-bus';
import {
  CERTIFICATE_CREATED,
  contentAuthoring,
  COURSE_ENROLLMENT_CREATED,
  SESSION_LOGIN_COMPLETED,
} from 'nestjs-openedx-event-bus/events';

declare const producer: EventBusProducer;
declare const received: EventData<typeof COURSE_ENROLLMENT_CREATED>;
const user = { id: 1, is_active: true, pii: { username: 'a', email: 'b' } };
const course = { course_key: 'course-v1:a+b+c' };

// What has a default may be left out; dates may be Dates; longs may be bigints.
void producer.send(COURSE_ENROLLMENT_CREATED, {
  enrollment: {
    user: { ...user, id: 1n },
    course: { ...course, start: new Date(), end: null },
    mode: 'audit',
    is_active: true,
    creation_date: '2026-11-24T00:00:00Z',
  },
});
// What was received may be sent.
void producer.send(COURSE_ENROLLMENT_CREATED, received);
void producer.send(SESSION_LOGIN_COMPLETED, { user }, { topic: 'logins' });
void producer.send(contentAuthoring.COURSE_CREATED, { course });

void producer.send(SESSION_LOGIN_COMPLETED, {
  user: {
    // refused TS2322: Type 'string' is not assignable to type 'number | bigint'
    id: '1',
    is_active: true,
    pii: { username: 'a', email: 'b' },
  },
});

void producer.send('org.openedx.learning.auth.session.login.completed.v1', {
  user: {
    id: 1,
    is_active: true,
    // refused TS2353: 'nick' does not exist in type 'UserPersonalDataInput'
    pii: { username: 'a', email: 'b', nick: 'c' },
  },
});

void producer.send(COURSE_ENROLLMENT_CREATED, {
  // refused TS2741: Property 'mode' is missing
  enrollment: { user, course, is_active: true, creation_date: new Date() },
});

void producer.send(SESSION_LOGIN_COMPLETED, {
  user: {
    id: 1,
    is_active: true,
    // refused TS2322: Type 'null' is not assignable to type 'string | undefined'
    pii: { username: 'a', email: 'b', name: null },
  },
});

// refused TS2353: 'user' does not exist in type 'CertificateCreatedInput'
void producer.send(CERTIFICATE_CREATED, { user });

// refused TS2353: 'key' does not exist in type 'SendOptions'
void producer.send(SESSION_LOGIN_COMPLETED, { user }, { key: 'x' });
