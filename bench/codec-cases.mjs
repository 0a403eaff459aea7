import { readdirSync, readFileSync } from 'node:fs';

const EVENTS = new URL('../test/vectors/data/events/', import.meta.url);
const ENROLLED = 'org.openedx.learning.course.enrollment.created.v1';

const enrolment = (name, title) => ({
  enrollment: {
    user: {
      id: 1000001,
      is_active: true,
      pii: { username: 'learner-000001', email: 'learner-000001@example.org', name },
    },
    course: {
      course_key: 'course-v1:OpenedX+DemoX+2026_T3',
      display_name: title,
      start: '2026-09-01T00:00:00+00:00',
      end: null,
    },
    mode: 'verified',
    is_active: true,
    creation_date: '2026-11-24T06:45:12.123456+00:00',
    created_by: null,
  },
});

/** Plain data: what the recorded samples have on the wire, with integers that avsc's own long can take. */
function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'number' && Math.abs(value) > 2 ** 52) return Math.trunc(value / 2 ** 11);
  if (typeof value !== 'object' || value === null) return value;
  if ('$long' in value) return Number(value.$long.slice(0, 15));
  if ('$float' in value) return 0.5;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}

const recorded = readdirSync(EVENTS)
  .map((file) => JSON.parse(readFileSync(new URL(file, EVENTS), 'utf8')))
  .map(({ event_type: type, samples }) => ({
    type,
    sample: samples.find((s) => s.name === 'full'),
  }))
  .sort((a, b) => a.sample.body_hex.length - b.sample.body_hex.length);
const smallest = recorded[0];
const largest = recorded.at(-1);

/** The events that are measured: name, type and data as it is on the wire. */
export const cases = [
  {
    name: 'enrolment, ASCII',
    type: ENROLLED,
    data: enrolment('Anna Maria Gomez', 'Demonstration Course'),
  },
  {
    name: 'enrolment, non-ASCII',
    type: ENROLLED,
    data: enrolment('Ana María Gómez', 'Introducción a la física 物理学'),
  },
  { name: 'smallest event', type: smallest.type, data: plain(smallest.sample.avro_record) },
  { name: 'largest event', type: largest.type, data: plain(largest.sample.avro_record) },
];
