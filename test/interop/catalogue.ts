import { EventCatalog } from 'nestjs-openedx-event-bus/events';

/** The reference has no Avro schema for these two. */
const UNSERIALIZABLE = [
  'org.openedx.content_authoring.course.certificate_config.changed.v1',
  'org.openedx.content_authoring.course.certificate_config.deleted.v1',
];

/** Every event type that can travel. */
export const SERIALIZABLE_TYPES: readonly string[] = [...EventCatalog.openEdx().all()]
  .map((event) => event.type)
  .filter((type) => !UNSERIALIZABLE.includes(type))
  .sort();

/** What the reference itself cannot write: the default of one field is the Python class `dict`. */
export const REFUSED_BY_REFERENCE = [
  'org.openedx.learning.discussions.configuration.changed.v1 minimal',
];

/** A registry takes no hyphen in an Avro namespace. */
export const REFUSED_BY_REGISTRY = 'org.openedx.enterprise.subsidy.redemption-reversed.v1';
