import {
  courseKey,
  datetime,
  defineEvent,
  long,
  nullable,
  record,
  string,
} from 'nestjs-openedx-event-bus/schema';

export const COURSE_TOPIC = 'course-visits';

const visitData = record('VisitData', {
  learner_id: long(),
  course_key: courseKey(),
  seen_at: datetime(),
  page: nullable(string()),
});

/** A learner has opened a course. */
export const COURSE_SEEN = defineEvent({
  type: 'org.example.course.seen.v1',
  data: { visit: visitData },
});

// Makes the event known by its type, everywhere where this package is imported.
declare module 'nestjs-openedx-event-bus/events' {
  interface OpenEdxEventMap {
    'org.example.course.seen.v1': typeof COURSE_SEEN;
  }
}
