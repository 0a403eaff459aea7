import { expect as jestExpect } from '@jest/globals';
import { type EventBusProducer } from 'nestjs-openedx-event-bus';
import {
  COURSE_ENROLLMENT_CREATED,
  SESSION_LOGIN_COMPLETED,
} from 'nestjs-openedx-event-bus/events';
import {
  custom,
  defineEvent,
  type EventDefinition,
  map,
  string,
} from 'nestjs-openedx-event-bus/schema';
import { type EventBusTestKit, eventBusMatchers, sampleOf } from 'nestjs-openedx-event-bus/testing';

declare const producer: EventBusProducer;
declare const kit: EventBusTestKit;

class Tag {
  constructor(readonly name: string) {}
}
const tag = custom<Tag>('Tag', 'string', {
  toWire: ({ name }) => name,
  fromWire: (name: string) => new Tag(name),
});
const TAGGED = defineEvent({ type: 'org.example.tagged.v1', data: { tag, notes: map(string()) } });

// A sample is data to send; any part of it may be overridden.
void kit.emit(COURSE_ENROLLMENT_CREATED, sampleOf(COURSE_ENROLLMENT_CREATED));
void producer.send(
  COURSE_ENROLLMENT_CREATED,
  sampleOf(
    COURSE_ENROLLMENT_CREATED,
    {
      enrollment: {
        user: { id: 7n, pii: { username: 'ada' } },
        course: { start: new Date(), end: null },
        mode: undefined,
      },
    },
    { seed: 3 },
  ),
);
void producer.send(TAGGED, sampleOf(TAGGED, { tag: new Tag('a'), notes: { a: 'b' } }));
const mode: string = sampleOf(COURSE_ENROLLMENT_CREATED).enrollment.mode;

// refused TS2561: Did you mean to write 'enrollment'?
sampleOf(COURSE_ENROLLMENT_CREATED, { enrolment: {} });
// refused TS2353: 'nick' does not exist in type
sampleOf(SESSION_LOGIN_COMPLETED, { user: { id: 1, pii: { nick: 'ada' } } });
// refused TS2322: Type 'string' is not assignable to type 'number | bigint | undefined'
sampleOf(SESSION_LOGIN_COMPLETED, { user: { id: '1' } });
// refused TS2322: Type 'number' is not assignable to type 'string'
sampleOf(TAGGED, { notes: { a: 1 } });
// refused TS2561: Did you mean to write 'seed'?
sampleOf(TAGGED, {}, { sed: 1 });

// An event that is known only at run time has any data.
declare const atRunTime: EventDefinition;
void producer.send(atRunTime, sampleOf(atRunTime, { whatever: 1 }));

// The matcher, for the global `expect` of jest and the one that is imported.
expect.extend(eventBusMatchers);
jestExpect.extend(eventBusMatchers);
void expect(kit).toHaveSent('org.openedx.learning.auth.session.login.completed.v1');
void expect(kit).not.toHaveSent(COURSE_ENROLLMENT_CREATED, {
  enrollment: { user: { id: expect.any(Number) }, creation_date: new Date() },
});
void jestExpect(kit).not.toHaveSent(SESSION_LOGIN_COMPLETED, {
  user: { id: 7, pii: jestExpect.objectContaining({ username: 'ada' }) },
});
const sent: Promise<void> = jestExpect(kit).toHaveSent(TAGGED, { notes: {} });
void expect(kit).toHaveSent(SESSION_LOGIN_COMPLETED, {
  // refused TS2353: 'name' does not exist in type
  user: { name: 'ada' },
});
// refused TS2353: 'nick' does not exist in type
void jestExpect(kit).toHaveSent(SESSION_LOGIN_COMPLETED, { user: { pii: { nick: 'ada' } } });
void [mode, sent];
