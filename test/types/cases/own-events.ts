import { type EventBusProducer, type EventData, OnOpenEdxEvent } from 'nestjs-openedx-event-bus';
import { userData } from 'nestjs-openedx-event-bus/events';
import {
  boolean,
  datetime,
  defineEvent,
  type EventDefinition,
  type Input,
  list,
  long,
  nullable,
  record,
  type RecordType,
  string,
  withDefault,
} from 'nestjs-openedx-event-bus/schema';

declare const producer: EventBusProducer;

const COURSE_SEEN = defineEvent({
  type: 'org.example.course.seen.v1',
  data: {
    user: userData,
    at: datetime(),
    tags: withDefault(list(string()), []),
    visit: record('Visit', { seconds: long(), note: nullable(string()) }),
  },
});

declare module 'nestjs-openedx-event-bus/events' {
  interface OpenEdxEventMap {
    'org.example.course.seen.v1': typeof COURSE_SEEN;
  }
}

const seen = {
  user: { id: 1, is_active: true, pii: { username: 'a', email: 'b' } },
  at: new Date(),
  visit: { seconds: 3 },
};
void producer.send(COURSE_SEEN, seen);
void producer.send('org.example.course.seen.v1', { ...seen, tags: ['x'] });
// refused TS2345: Property 'visit' is missing
void producer.send('org.example.course.seen.v1', { user: seen.user, at: seen.at });

export class Handlers {
  @OnOpenEdxEvent('org.example.course.seen.v1')
  handle(data: EventData<'org.example.course.seen.v1'>): void {
    const note: string | null = data.visit.note;
    const tags: string[] = data.tags;
    // refused TS2322: Type 'string' is not assignable to type 'Date'
    const at: Date = data.at;
    void [note, tags, at];
  }
}

// An interface that disagrees with its shape is an error both ways.
interface Visit {
  seconds: number;
  note: string;
}
// refused TS2322: is not assignable to type 'RecordType<Visit, Visit>'
export const visit: RecordType<Visit, Visit> = record('Visit', {
  seconds: long(),
  note: nullable(string()),
});

// Fields of a record or an event go on with their types.
const extended = record('UserDataExtended', { ...userData.fields, is_staff: boolean() });
const STAFF_SEEN = defineEvent({
  type: 'org.example.staff.seen.v1',
  data: { ...COURSE_SEEN.data, staff: extended },
});
const pii = { username: 'a', email: 'b' };
void producer.send(STAFF_SEEN, {
  ...seen,
  staff: { id: 1, is_active: true, pii, is_staff: false },
});
// refused TS2741: Property 'is_active' is missing
const incomplete: Input<typeof extended> = { id: 1, pii, is_staff: true };
export function staff(data: EventData<typeof STAFF_SEEN>): void {
  const name: string = data.staff.pii.username;
  const at: string = data.at;
  // refused TS2339: Property 'is_super' does not exist
  void [name, at, incomplete, data.staff.is_super];
}

// refused TS2345: 'number' is not assignable to parameter of type 'string'
export const wrongDefault = withDefault(string(), 7);

// An event that is known only at run time may be any.
declare const atRunTime: EventDefinition;
void producer.send(atRunTime, { whatever: 1 });
