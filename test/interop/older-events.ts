import { schemaVersionOf } from '../../lib/codec/history/schema-version-codec.js';
import { parseRelease } from '../../lib/events/event-metadata.js';
import type { OlderRelease } from '../services/python.js';
import { dataToday, keyThatIsNone, RECORDED_RELEASES } from '../vectors/history-vectors.js';
import { recordedSamples } from './event-samples.js';

/** An event as a release of openedx-events knew it. */
export interface OlderEvent {
  readonly type: string;
  readonly name: string;
  /** In the layout of the release, in plain JSON. */
  readonly data: Record<string, unknown>;
  /** The data that today's layout makes of it; undefined: the same. */
  readonly today?: unknown;
  /** Whether its layout is another one today. */
  readonly changed: boolean;
  /** A field that a Kafka key can be taken from. */
  readonly keyField: string;
}

/** Has one layout since openedx-events 0.10.0. */
const UNCHANGED = [
  'org.openedx.learning.certificate.created.v1',
  'org.openedx.learning.cohort_membership.changed.v1',
  'org.openedx.learning.course.enrollment.created.v1',
];

const KEY_FIELDS: Record<string, string> = {
  certificate: 'course.course_key',
  cohort: 'course.course_key',
  configuration: 'course_key',
  enrollment: 'course.course_key',
  learner_credit_course_enrollment: 'uuid',
  library_collection: 'collection_key',
  library_container: 'container_key',
  user: 'pii.username',
  xblock_info: 'usage_key',
};

/** Every event of the release whose next layout is another one, and some that never changed. */
export function olderEvents(release: OlderRelease): OlderEvent[] {
  const recorded = RECORDED_RELEASES.find(({ openedx_events }) => openedx_events === release)!;
  return [
    ...recorded.written
      .filter(({ avro_record }) => keyThatIsNone(avro_record) === undefined)
      .map((written) => ({
        ...{ type: written.event_type, name: written.name, data: written.avro_record },
        today: dataToday(written),
      })),
    ...recordedSamples().filter(({ type }) => UNCHANGED.includes(type)),
  ].map((event) => {
    const record = Object.keys(event.data)[0]!;
    return {
      ...event,
      changed: schemaVersionOf(event.type, parseRelease(release)).status === 'known',
      keyField: `${record}.${KEY_FIELDS[record]!}`,
    };
  });
}
