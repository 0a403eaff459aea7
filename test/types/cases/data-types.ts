import { type EventData, type EventInput } from 'nestjs-openedx-event-bus';
import { COURSE_ENROLLMENT_CREATED, CourseKey } from 'nestjs-openedx-event-bus/events';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const equal = <T extends true>(): T => true as T;

type Enrolled = EventData<typeof COURSE_ENROLLMENT_CREATED>;
type Wide = EventData<typeof COURSE_ENROLLMENT_CREATED, { longs: 'bigint' }>;
type Sent = EventInput<typeof COURSE_ENROLLMENT_CREATED>;

// A type string and its definition name the same data.
equal<Equal<Enrolled, EventData<'org.openedx.learning.course.enrollment.created.v1'>>>();
equal<Equal<Enrolled['enrollment']['user']['id'], number>>();
equal<Equal<Wide['enrollment']['user']['id'], number | bigint>>();
equal<Equal<Wide['enrollment']['course']['course_key'], CourseKey>>();
equal<Equal<Wide['enrollment']['is_active'], boolean>>();
equal<Equal<Sent['enrollment']['creation_date'], string | Date>>();
equal<Equal<EventData<any>, any>>();

// A key is a string that was checked.
const key: CourseKey = CourseKey.parse('course-v1:a+b+c');
const text: string = key;
const org: string | null = CourseKey.parts(key).org;
// refused TS2322: Type 'string' is not assignable to type 'CourseKey'
const unchecked: CourseKey = text;
if (CourseKey.is(text)) {
  const checked: CourseKey = text;
  void checked;
}
void [org, unchecked];
