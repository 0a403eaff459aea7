// Made by `npm run catalog` from openedx-events 11.2.0; do not edit.
import { defineEvent, type EventDefinition } from '../event-definition.js';
import type { RecordType } from '../field-type.js';
import { datetime, record, string } from '../fields.js';

/** Data related to tracking events. */
export interface TrackingLogData {
  /** event name */
  name: string;
  /** timestamp of the event */
  timestamp: string;
  /**
   * json string representation of a dictionary with extra data (optional), e.g., >>> {"course_id":
   * "course-v1:edX+DemoX+Demo_Course"}
   */
  data: string;
  /**
   * json string representation of a dictionary of context data defined in
   * https://docs.openedx.org/en/latest/developers/references/internal_data_formats/index.html
   */
  context: string;
}

/** TrackingLogData as it is sent. */
export interface TrackingLogDataInput {
  /** event name */
  name: string;
  /** timestamp of the event */
  timestamp: string | Date;
  /**
   * json string representation of a dictionary with extra data (optional), e.g., >>> {"course_id":
   * "course-v1:edX+DemoX+Demo_Course"}
   */
  data: string;
  /**
   * json string representation of a dictionary of context data defined in
   * https://docs.openedx.org/en/latest/developers/references/internal_data_formats/index.html
   */
  context: string;
}

/** The fields of TrackingLogData, for records and events of your own. */
export const trackingLogData: RecordType<TrackingLogData, TrackingLogDataInput> = record(
  'TrackingLogData',
  {
    name: string(),
    timestamp: datetime(),
    data: string(),
    context: string(),
  },
);

/** The data of TRACKING_EVENT_EMITTED. */
export interface TrackingEventEmitted {
  /** A TrackingLogData. */
  tracking_log: TrackingLogData;
}

/** TrackingEventEmitted as it is sent. */
export interface TrackingEventEmittedInput {
  /** A TrackingLogData. */
  tracking_log: TrackingLogDataInput;
}

/** Emitted when a tracking log event is emitted. */
export const TRACKING_EVENT_EMITTED: EventDefinition<
  'org.openedx.analytics.tracking.event.emitted.v1',
  TrackingEventEmitted,
  TrackingEventEmittedInput
> = defineEvent({
  type: 'org.openedx.analytics.tracking.event.emitted.v1',
  data: { tracking_log: trackingLogData },
});

/** The events of the subdomain, by type. */
export interface AnalyticsEvents {
  /** Emitted when a tracking log event is emitted. */
  'org.openedx.analytics.tracking.event.emitted.v1': typeof TRACKING_EVENT_EMITTED;
}
