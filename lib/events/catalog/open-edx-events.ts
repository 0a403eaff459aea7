// Made by `npm run catalog` from openedx-events 11.2.0; do not edit.

import type { EventDefinition } from '../event-definition.js';
import * as analytics from './analytics.js';
import * as authz from './authz.js';
import * as contentAuthoring from './content-authoring.js';
import * as enterprise from './enterprise.js';
import * as learning from './learning.js';

/** The release of openedx-events that the catalogue was made from. */
export const OPENEDX_EVENTS_RELEASE = '11.2.0';

/** The same as integers: the default of `sourcelib` in an event's metadata. */
export const OPENEDX_EVENTS_SOURCELIB: readonly number[] = [11, 2, 0];

/** Every event of the release, in the order in which it defines them. */
export const OPEN_EDX_EVENTS: readonly EventDefinition[] = [
  analytics.TRACKING_EVENT_EMITTED,
  authz.ROLE_ASSIGNMENT_CREATED,
  authz.ROLE_ASSIGNMENT_DELETED,
  contentAuthoring.COURSE_CATALOG_INFO_CHANGED,
  contentAuthoring.XBLOCK_CREATED,
  contentAuthoring.XBLOCK_UPDATED,
  contentAuthoring.XBLOCK_PUBLISHED,
  contentAuthoring.XBLOCK_DELETED,
  contentAuthoring.XBLOCK_DUPLICATED,
  contentAuthoring.COURSE_CERTIFICATE_CONFIG_CHANGED,
  contentAuthoring.COURSE_CERTIFICATE_CONFIG_DELETED,
  contentAuthoring.COURSE_CREATED,
  contentAuthoring.CONTENT_LIBRARY_CREATED,
  contentAuthoring.CONTENT_LIBRARY_UPDATED,
  contentAuthoring.CONTENT_LIBRARY_DELETED,
  contentAuthoring.LIBRARY_BLOCK_CREATED,
  contentAuthoring.LIBRARY_BLOCK_UPDATED,
  contentAuthoring.LIBRARY_BLOCK_DELETED,
  contentAuthoring.LIBRARY_BLOCK_PUBLISHED,
  contentAuthoring.CONTENT_OBJECT_ASSOCIATIONS_CHANGED,
  contentAuthoring.CONTENT_OBJECT_TAGS_CHANGED,
  contentAuthoring.LIBRARY_COLLECTION_CREATED,
  contentAuthoring.LIBRARY_COLLECTION_UPDATED,
  contentAuthoring.LIBRARY_COLLECTION_DELETED,
  contentAuthoring.LIBRARY_CONTAINER_CREATED,
  contentAuthoring.LIBRARY_CONTAINER_UPDATED,
  contentAuthoring.LIBRARY_CONTAINER_DELETED,
  contentAuthoring.LIBRARY_CONTAINER_PUBLISHED,
  contentAuthoring.COURSE_IMPORT_COMPLETED,
  contentAuthoring.COURSE_RERUN_COMPLETED,
  enterprise.SUBSIDY_REDEEMED,
  enterprise.SUBSIDY_REDEMPTION_REVERSED,
  enterprise.LEDGER_TRANSACTION_CREATED,
  enterprise.LEDGER_TRANSACTION_COMMITTED,
  enterprise.LEDGER_TRANSACTION_FAILED,
  enterprise.LEDGER_TRANSACTION_REVERSED,
  enterprise.LEARNER_CREDIT_COURSE_ENROLLMENT_REVOKED,
  enterprise.ENTERPRISE_GROUP_DELETED,
  learning.STUDENT_REGISTRATION_COMPLETED,
  learning.SESSION_LOGIN_COMPLETED,
  learning.COURSE_ENROLLMENT_CREATED,
  learning.COURSE_ENROLLMENT_CHANGED,
  learning.COURSE_UNENROLLMENT_COMPLETED,
  learning.CERTIFICATE_CREATED,
  learning.PROGRAM_CERTIFICATE_AWARDED,
  learning.CERTIFICATE_CHANGED,
  learning.CERTIFICATE_REVOKED,
  learning.PROGRAM_CERTIFICATE_REVOKED,
  learning.COHORT_MEMBERSHIP_CHANGED,
  learning.COURSE_DISCUSSIONS_CHANGED,
  learning.PERSISTENT_GRADE_SUMMARY_CHANGED,
  learning.XBLOCK_SKILL_VERIFIED,
  learning.USER_NOTIFICATION_REQUESTED,
  learning.EXAM_ATTEMPT_SUBMITTED,
  learning.EXAM_ATTEMPT_REJECTED,
  learning.EXAM_ATTEMPT_VERIFIED,
  learning.EXAM_ATTEMPT_ERRORED,
  learning.EXAM_ATTEMPT_RESET,
  learning.COURSE_ACCESS_ROLE_ADDED,
  learning.COURSE_ACCESS_ROLE_REMOVED,
  learning.FORUM_THREAD_CREATED,
  learning.FORUM_THREAD_RESPONSE_CREATED,
  learning.FORUM_RESPONSE_COMMENT_CREATED,
  learning.COURSE_NOTIFICATION_REQUESTED,
  learning.ORA_SUBMISSION_CREATED,
  learning.COURSE_PASSING_STATUS_UPDATED,
  learning.CCX_COURSE_PASSING_STATUS_UPDATED,
  learning.BADGE_AWARDED,
  learning.BADGE_REVOKED,
  learning.IDV_ATTEMPT_CREATED,
  learning.IDV_ATTEMPT_PENDING,
  learning.IDV_ATTEMPT_APPROVED,
  learning.IDV_ATTEMPT_DENIED,
  learning.EXTERNAL_GRADER_SCORE_SUBMITTED,
  learning.LTI_PROVIDER_LAUNCH_SUCCESS,
];
