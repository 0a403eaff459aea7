// Made by `npm run catalog` from openedx-events 11.2.0; do not edit.
import { defineEvent, type EventDefinition } from '../event-definition.js';
import type { RecordType } from '../field-type.js';
import {
  boolean,
  ccxKey,
  courseKey,
  datetime,
  double,
  list,
  long,
  map,
  nullable,
  record,
  string,
  usageKey,
  withDefault,
} from '../fields.js';
import type { CcxKey, CourseKey, UsageKey } from '../keys/index.js';

/** Data related to a user object that contains personal information (PII). */
export interface UserPersonalData {
  /** username associated with the user. */
  username: string;
  /** email associated with the user. */
  email: string;
  /** name associated with the user's profile. */
  name: string;
}

/** UserPersonalData as it is sent. */
export interface UserPersonalDataInput {
  /** username associated with the user. */
  username: string;
  /** email associated with the user. */
  email: string;
  /** name associated with the user's profile. Default: "". */
  name?: string | undefined;
}

/** The fields of UserPersonalData, for records and events of your own. */
export const userPersonalData: RecordType<UserPersonalData, UserPersonalDataInput> = record(
  'UserPersonalData',
  {
    username: string(),
    email: string(),
    name: withDefault(string(), ''),
  },
);

/** Data related to a user object, including personal information and non-personal information. */
export interface UserData {
  /** unique identifier for the Django User object. */
  id: number;
  /** indicates whether the user is active. */
  is_active: boolean;
  /** user's Personal Identifiable Information. */
  pii: UserPersonalData;
}

/** UserData as it is sent. */
export interface UserDataInput {
  /** unique identifier for the Django User object. */
  id: number | bigint;
  /** indicates whether the user is active. */
  is_active: boolean;
  /** user's Personal Identifiable Information. */
  pii: UserPersonalDataInput;
}

/** The fields of UserData, for records and events of your own. */
export const userData: RecordType<UserData, UserDataInput> = record('UserData', {
  id: long(),
  is_active: boolean(),
  pii: userPersonalData,
});

/** Data related to a course object. */
export interface CourseData {
  /** identifier of the course. */
  course_key: CourseKey;
  /** display name associated with the course. */
  display_name: string;
  /** start date for the course. Defaults to None. */
  start: string | null;
  /** end date for the course. Defaults to None. */
  end: string | null;
}

/** CourseData as it is sent. */
export interface CourseDataInput {
  /** identifier of the course. */
  course_key: string;
  /** display name associated with the course. Default: "". */
  display_name?: string | undefined;
  /** start date for the course. Defaults to None. Default: null. */
  start?: string | Date | null | undefined;
  /** end date for the course. Defaults to None. Default: null. */
  end?: string | Date | null | undefined;
}

/** The fields of CourseData, for records and events of your own. */
export const courseData: RecordType<CourseData, CourseDataInput> = record('CourseData', {
  course_key: courseKey(),
  display_name: withDefault(string(), ''),
  start: nullable(datetime()),
  end: nullable(datetime()),
});

/** Data related to a course enrollment object. */
export interface CourseEnrollmentData {
  /** user associated with the Course Enrollment. */
  user: UserData;
  /** course where the user is enrolled in. */
  course: CourseData;
  /** course mode associated with the course enrollment. */
  mode: string;
  /** whether the enrollment is active. */
  is_active: boolean;
  /** creation date of the enrollment. */
  creation_date: string;
  /** if available, who created the enrollment. */
  created_by: UserData | null;
}

/** CourseEnrollmentData as it is sent. */
export interface CourseEnrollmentDataInput {
  /** user associated with the Course Enrollment. */
  user: UserDataInput;
  /** course where the user is enrolled in. */
  course: CourseDataInput;
  /** course mode associated with the course enrollment. */
  mode: string;
  /** whether the enrollment is active. */
  is_active: boolean;
  /** creation date of the enrollment. */
  creation_date: string | Date;
  /** if available, who created the enrollment. Default: null. */
  created_by?: UserDataInput | null | undefined;
}

/** The fields of CourseEnrollmentData, for records and events of your own. */
export const courseEnrollmentData: RecordType<CourseEnrollmentData, CourseEnrollmentDataInput> =
  record('CourseEnrollmentData', {
    user: userData,
    course: courseData,
    mode: string(),
    is_active: boolean(),
    creation_date: datetime(),
    created_by: nullable(userData),
  });

/** Data related to a certificate object. */
export interface CertificateData {
  /** user associated with the Certificate. */
  user: UserData;
  /** course where the user obtained the certificate. */
  course: CourseData;
  /** course mode associated with the course enrollment. */
  mode: string;
  /** user's grade in this course run. */
  grade: string;
  /** URL where the PDF version of the certificate. */
  download_url: string;
  /** user's name. */
  name: string;
  /** current certificate status. */
  current_status: string;
  /** if available, pre-event certificate status. */
  previous_status: string;
}

/** CertificateData as it is sent. */
export interface CertificateDataInput {
  /** user associated with the Certificate. */
  user: UserDataInput;
  /** course where the user obtained the certificate. */
  course: CourseDataInput;
  /** course mode associated with the course enrollment. */
  mode: string;
  /** user's grade in this course run. */
  grade: string;
  /** URL where the PDF version of the certificate. */
  download_url: string;
  /** user's name. */
  name: string;
  /** current certificate status. */
  current_status: string;
  /** if available, pre-event certificate status. Default: "". */
  previous_status?: string | undefined;
}

/** The fields of CertificateData, for records and events of your own. */
export const certificateData: RecordType<CertificateData, CertificateDataInput> = record(
  'CertificateData',
  {
    user: userData,
    course: courseData,
    mode: string(),
    grade: string(),
    download_url: string(),
    name: string(),
    current_status: string(),
    previous_status: withDefault(string(), ''),
  },
);

/** Data related to a program object. */
export interface ProgramData {
  /** The UUID of the program (from Course-Discovery). */
  uuid: string;
  /** The title of the program. */
  title: string;
  /** The type slug of the program (e.g. professional, microbachelors, micromasters, etc.). */
  program_type: string;
}

/** The fields of ProgramData, for records and events of your own. */
export const programData: RecordType<ProgramData, ProgramData> = record('ProgramData', {
  uuid: string(),
  title: string(),
  program_type: string(),
});

/** Data related to a Program Certificate object. */
export interface ProgramCertificateData {
  /** User associated with the Program Certificate. */
  user: UserData;
  /** Program data associated with the Program Certificate. */
  program: ProgramData;
  /** UUID of the UserCredential record in Credentials. */
  uuid: string;
  /** The status of the credential (e.g. `awarded` or `revoked`). */
  status: string;
  /** A URL to the learner's credential. */
  url: string;
  /** Optional. A DateTime describing when a learner is allowed to view the credential. */
  certificate_available_date: string | null;
}

/** ProgramCertificateData as it is sent. */
export interface ProgramCertificateDataInput {
  /** User associated with the Program Certificate. */
  user: UserDataInput;
  /** Program data associated with the Program Certificate. */
  program: ProgramData;
  /** UUID of the UserCredential record in Credentials. */
  uuid: string;
  /** The status of the credential (e.g. `awarded` or `revoked`). */
  status: string;
  /** A URL to the learner's credential. */
  url: string;
  /**
   * Optional. A DateTime describing when a learner is allowed to view the credential. Default:
   * null.
   */
  certificate_available_date?: string | Date | null | undefined;
}

/** The fields of ProgramCertificateData, for records and events of your own. */
export const programCertificateData: RecordType<
  ProgramCertificateData,
  ProgramCertificateDataInput
> = record('ProgramCertificateData', {
  user: userData,
  program: programData,
  uuid: string(),
  status: string(),
  url: string(),
  certificate_available_date: nullable(datetime()),
});

/** Attributes defined for cohort membership object. */
export interface CohortData {
  /** user assigned to the group. */
  user: UserData;
  /** course associated with the course group. */
  course: CourseData;
  /** name of the cohort group. */
  name: string;
}

/** CohortData as it is sent. */
export interface CohortDataInput {
  /** user assigned to the group. */
  user: UserDataInput;
  /** course associated with the course group. */
  course: CourseDataInput;
  /** name of the cohort group. */
  name: string;
}

/** The fields of CohortData, for records and events of your own. */
export const cohortData: RecordType<CohortData, CohortDataInput> = record('CohortData', {
  user: userData,
  course: courseData,
  name: string(),
});

/** Data related to a discussion topic context. */
export interface DiscussionTopicContext {
  /**
   * title of the discussion. This field is cached to improve the performance, since otherwise we'd
   * need to look it up in the course structure each time.
   */
  title: string;
  /** unit location. */
  usage_key: UsageKey | null;
  /**
   * can be used for providers that don't internally support cohorting but we can emulate that with
   * different contexts for different groups.
   */
  group_id: number | null;
  /** store the commentable id that is used by cs_comments_service. */
  external_id: string | null;
  /** represent the position of the discussion topic. */
  ordering: number | null;
  /**
   * additional structured information about the context in which this topic is used, such as the
   * section, subsection etc.
   */
  context: Record<string, string>;
}

/** DiscussionTopicContext as it is sent. */
export interface DiscussionTopicContextInput {
  /**
   * title of the discussion. This field is cached to improve the performance, since otherwise we'd
   * need to look it up in the course structure each time.
   */
  title: string;
  /** unit location. Default: null. */
  usage_key?: string | null | undefined;
  /**
   * can be used for providers that don't internally support cohorting but we can emulate that with
   * different contexts for different groups. Default: null.
   */
  group_id?: number | bigint | null | undefined;
  /** store the commentable id that is used by cs_comments_service. Default: null. */
  external_id?: string | null | undefined;
  /** represent the position of the discussion topic. Default: null. */
  ordering?: number | bigint | null | undefined;
  /**
   * additional structured information about the context in which this topic is used, such as the
   * section, subsection etc. Default: {}.
   */
  context?: Readonly<Record<string, string>> | undefined;
}

/** The fields of DiscussionTopicContext, for records and events of your own. */
export const discussionTopicContext: RecordType<
  DiscussionTopicContext,
  DiscussionTopicContextInput
> = record('DiscussionTopicContext', {
  title: string(),
  usage_key: nullable(usageKey()),
  group_id: nullable(long()),
  external_id: nullable(string()),
  ordering: nullable(long()),
  context: withDefault(map(string()), {}),
});

/** Data related to a course discussion configuration object. */
export interface CourseDiscussionConfigurationData {
  /** identifier of the course to which the discussion belongs. */
  course_key: CourseKey;
  /** provider type from discussion settings. */
  provider_type: string;
  /** indicates whether discussions are enabled for the course. */
  enabled: boolean;
  /**
   * indicates whether in-context discussion is enabled. this has no effect unless `enabled==True`
   * as well.
   */
  enable_in_context: boolean;
  /** If enabled, discussion topics will be created for graded units as well. */
  enable_graded_units: boolean;
  /** visibility for unit level. */
  unit_level_visibility: boolean;
  /** The plugin configuration data for this context/provider. */
  plugin_configuration: Record<string, boolean>;
  /** contains all the contexts for which discussion is to be enabled. */
  contexts: DiscussionTopicContext[];
}

/** CourseDiscussionConfigurationData as it is sent. */
export interface CourseDiscussionConfigurationDataInput {
  /** identifier of the course to which the discussion belongs. */
  course_key: string;
  /** provider type from discussion settings. */
  provider_type: string;
  /** indicates whether discussions are enabled for the course. Default: true. */
  enabled?: boolean | undefined;
  /**
   * indicates whether in-context discussion is enabled. this has no effect unless `enabled==True`
   * as well. Default: true.
   */
  enable_in_context?: boolean | undefined;
  /** If enabled, discussion topics will be created for graded units as well. Default: false. */
  enable_graded_units?: boolean | undefined;
  /** visibility for unit level. Default: false. */
  unit_level_visibility?: boolean | undefined;
  /** The plugin configuration data for this context/provider. Default: {}. */
  plugin_configuration?: Readonly<Record<string, boolean>> | undefined;
  /** contains all the contexts for which discussion is to be enabled. Default: []. */
  contexts?: readonly DiscussionTopicContextInput[] | undefined;
}

/** The fields of CourseDiscussionConfigurationData, for records and events of your own. */
export const courseDiscussionConfigurationData: RecordType<
  CourseDiscussionConfigurationData,
  CourseDiscussionConfigurationDataInput
> = record('CourseDiscussionConfigurationData', {
  course_key: courseKey(),
  provider_type: string(),
  enabled: withDefault(boolean(), true),
  enable_in_context: withDefault(boolean(), true),
  enable_graded_units: withDefault(boolean(), false),
  unit_level_visibility: withDefault(boolean(), false),
  plugin_configuration: withDefault(map(boolean()), {}),
  contexts: withDefault(list(discussionTopicContext), []),
});

/** Data related to a persistent course grade object. */
export interface PersistentCourseGradeData {
  /** identifier of the grade to which the grade belongs. */
  user_id: number;
  /** Identifier of the course to which the grade belongs. */
  course: CourseData;
  /** date the course was edited. */
  course_edited_timestamp: string;
  /** version of the course. */
  course_version: string;
  /** grading policy hash of the course. */
  grading_policy_hash: string;
  /** percentage of the grade. */
  percent_grade: number;
  /** grade in letter */
  letter_grade: string;
  /** date the course was passed. */
  passed_timestamp: string;
}

/** PersistentCourseGradeData as it is sent. */
export interface PersistentCourseGradeDataInput {
  /** identifier of the grade to which the grade belongs. */
  user_id: number | bigint;
  /** Identifier of the course to which the grade belongs. */
  course: CourseDataInput;
  /** date the course was edited. */
  course_edited_timestamp: string | Date;
  /** version of the course. */
  course_version: string;
  /** grading policy hash of the course. */
  grading_policy_hash: string;
  /** percentage of the grade. */
  percent_grade: number;
  /** grade in letter */
  letter_grade: string;
  /** date the course was passed. */
  passed_timestamp: string | Date;
}

/** The fields of PersistentCourseGradeData, for records and events of your own. */
export const persistentCourseGradeData: RecordType<
  PersistentCourseGradeData,
  PersistentCourseGradeDataInput
> = record('PersistentCourseGradeData', {
  user_id: long(),
  course: courseData,
  course_edited_timestamp: datetime(),
  course_version: string(),
  grading_policy_hash: string(),
  percent_grade: double(),
  letter_grade: string(),
  passed_timestamp: datetime(),
});

/** Data needed to update verification count of tags/skills for an XBlock. */
export interface XBlockSkillVerificationData {
  /** identifier of the XBlock object. */
  usage_key: UsageKey;
  /** list of verified skill ids. */
  verified_skills: number[];
  /** list of ignored skill ids. */
  ignored_skills: number[];
}

/** XBlockSkillVerificationData as it is sent. */
export interface XBlockSkillVerificationDataInput {
  /** identifier of the XBlock object. */
  usage_key: string;
  /** list of verified skill ids. Default: []. */
  verified_skills?: readonly (number | bigint)[] | undefined;
  /** list of ignored skill ids. Default: []. */
  ignored_skills?: readonly (number | bigint)[] | undefined;
}

/** The fields of XBlockSkillVerificationData, for records and events of your own. */
export const xBlockSkillVerificationData: RecordType<
  XBlockSkillVerificationData,
  XBlockSkillVerificationDataInput
> = record('XBlockSkillVerificationData', {
  usage_key: usageKey(),
  verified_skills: withDefault(list(long()), []),
  ignored_skills: withDefault(list(long()), []),
});

/** Data related to a user notification object. */
export interface UserNotificationData {
  /** identifier of the users to which the notification belongs. */
  user_ids: number[];
  /** type of the notification. */
  notification_type: string;
  /** url of the content. */
  content_url: string;
  /** name of the app. */
  app_name: string;
  /** identifier of the Course object. */
  course_key: CourseKey;
  /** additional structured information about the context of the notification. */
  context: Record<string, string>;
}

/** UserNotificationData as it is sent. */
export interface UserNotificationDataInput {
  /** identifier of the users to which the notification belongs. */
  user_ids: readonly (number | bigint)[];
  /** type of the notification. */
  notification_type: string;
  /** url of the content. */
  content_url: string;
  /** name of the app. */
  app_name: string;
  /** identifier of the Course object. */
  course_key: string;
  /** additional structured information about the context of the notification. Default: {}. */
  context?: Readonly<Record<string, string>> | undefined;
}

/** The fields of UserNotificationData, for records and events of your own. */
export const userNotificationData: RecordType<UserNotificationData, UserNotificationDataInput> =
  record('UserNotificationData', {
    user_ids: list(long()),
    notification_type: string(),
    content_url: string(),
    app_name: string(),
    course_key: courseKey(),
    context: withDefault(map(string()), {}),
  });

/** Data for the Open edX Exam downstream effects. */
export interface ExamAttemptData {
  /** user object for the student to whom the exam attempt belongs */
  student_user: UserData;
  /** identifier of the course to which the exam attempt belongs */
  course_key: CourseKey;
  /** identifier of the content that will get a exam attempt */
  usage_key: UsageKey;
  /** type of exam that was taken (e.g. timed, proctored, etc.) */
  exam_type: string;
  /** user triggering the event (sometimes a non-learner, e.g. an instructor) */
  requesting_user: UserData | null;
}

/** ExamAttemptData as it is sent. */
export interface ExamAttemptDataInput {
  /** user object for the student to whom the exam attempt belongs */
  student_user: UserDataInput;
  /** identifier of the course to which the exam attempt belongs */
  course_key: string;
  /** identifier of the content that will get a exam attempt */
  usage_key: string;
  /** type of exam that was taken (e.g. timed, proctored, etc.) */
  exam_type: string;
  /** user triggering the event (sometimes a non-learner, e.g. an instructor). Default: null. */
  requesting_user?: UserDataInput | null | undefined;
}

/** The fields of ExamAttemptData, for records and events of your own. */
export const examAttemptData: RecordType<ExamAttemptData, ExamAttemptDataInput> = record(
  'ExamAttemptData',
  {
    student_user: userData,
    course_key: courseKey(),
    usage_key: usageKey(),
    exam_type: string(),
    requesting_user: nullable(userData),
  },
);

/** Data related to a user's access role in a course. */
export interface CourseAccessRoleData {
  /** user associated with the CourseAccessRole. */
  user: UserData;
  /** A string. */
  org_key: string;
  /** identifier of the related course object. */
  course_key: CourseKey;
  /** the role of the user in the course. */
  role: string;
}

/** CourseAccessRoleData as it is sent. */
export interface CourseAccessRoleDataInput {
  /** user associated with the CourseAccessRole. */
  user: UserDataInput;
  /** A string. */
  org_key: string;
  /** identifier of the related course object. */
  course_key: string;
  /** the role of the user in the course. */
  role: string;
}

/** The fields of CourseAccessRoleData, for records and events of your own. */
export const courseAccessRoleData: RecordType<CourseAccessRoleData, CourseAccessRoleDataInput> =
  record('CourseAccessRoleData', {
    user: userData,
    org_key: string(),
    course_key: courseKey(),
    role: string(),
  });

/**
 * Data related to a discussion thread object, used to represent Forum events such as comments,
 * responses, and threads.
 */
export interface DiscussionThreadData {
  /** body of the discussion thread. */
  body: string;
  /** identifier of the commentable. */
  commentable_id: string;
  /** identifier of the discussion thread. */
  id: string;
  /** indicates whether the thread is truncated. */
  truncated: boolean;
  /** url of the thread. */
  url: string;
  /** information of the user that authored the thread/comment/response. */
  user: UserData;
  /** identifier of the course. */
  course_id: CourseKey;
  /** type of the thread. */
  thread_type: string | null;
  /** indicates whether the user is anonymous. */
  anonymous: boolean | null;
  /** indicates whether the user is anonymous to peers. */
  anonymous_to_peers: boolean | null;
  /** title of the thread. */
  title: string | null;
  /** indicates whether the title is truncated. */
  title_truncated: boolean | null;
  /** identifier of the group. */
  group_id: number | null;
  /** identifier of the team. */
  team_id: number | null;
  /** identifier of the category. */
  category_id: number | null;
  /** name of the category. */
  category_name: string | null;
  /** discussion data. (optional, specific to comments and responses) */
  discussion: Record<string, string> | null;
  /** user course roles. */
  user_course_roles: string[];
  /** user forums roles. */
  user_forums_roles: string[];
  /** options for the thread. */
  options: Record<string, boolean>;
}

/** DiscussionThreadData as it is sent. */
export interface DiscussionThreadDataInput {
  /** body of the discussion thread. */
  body: string;
  /** identifier of the commentable. */
  commentable_id: string;
  /** identifier of the discussion thread. */
  id: string;
  /** indicates whether the thread is truncated. */
  truncated: boolean;
  /** url of the thread. */
  url: string;
  /** information of the user that authored the thread/comment/response. */
  user: UserDataInput;
  /** identifier of the course. */
  course_id: string;
  /** type of the thread. Default: null. */
  thread_type?: string | null | undefined;
  /** indicates whether the user is anonymous. Default: null. */
  anonymous?: boolean | null | undefined;
  /** indicates whether the user is anonymous to peers. Default: null. */
  anonymous_to_peers?: boolean | null | undefined;
  /** title of the thread. Default: null. */
  title?: string | null | undefined;
  /** indicates whether the title is truncated. Default: null. */
  title_truncated?: boolean | null | undefined;
  /** identifier of the group. Default: null. */
  group_id?: number | bigint | null | undefined;
  /** identifier of the team. Default: null. */
  team_id?: number | bigint | null | undefined;
  /** identifier of the category. Default: null. */
  category_id?: number | bigint | null | undefined;
  /** name of the category. Default: null. */
  category_name?: string | null | undefined;
  /** discussion data. (optional, specific to comments and responses). Default: null. */
  discussion?: Readonly<Record<string, string>> | null | undefined;
  /** user course roles. Default: []. */
  user_course_roles?: readonly string[] | undefined;
  /** user forums roles. Default: []. */
  user_forums_roles?: readonly string[] | undefined;
  /** options for the thread. Default: {}. */
  options?: Readonly<Record<string, boolean>> | undefined;
}

/** The fields of DiscussionThreadData, for records and events of your own. */
export const discussionThreadData: RecordType<DiscussionThreadData, DiscussionThreadDataInput> =
  record('DiscussionThreadData', {
    body: string(),
    commentable_id: string(),
    id: string(),
    truncated: boolean(),
    url: string(),
    user: userData,
    course_id: courseKey(),
    thread_type: nullable(string()),
    anonymous: nullable(boolean()),
    anonymous_to_peers: nullable(boolean()),
    title: nullable(string()),
    title_truncated: nullable(boolean()),
    group_id: nullable(long()),
    team_id: nullable(long()),
    category_id: nullable(long()),
    category_name: nullable(string()),
    discussion: nullable(map(string())),
    user_course_roles: withDefault(list(string()), []),
    user_forums_roles: withDefault(list(string()), []),
    options: withDefault(map(boolean()), {}),
  });

/** Data related to a course notification object. */
export interface CourseNotificationData {
  /** identifier of the Course object. */
  course_key: CourseKey;
  /** name of the app requesting the course notification. */
  app_name: string;
  /** type of the notification. */
  notification_type: string;
  /** url of the content the notification will redirect to. */
  content_url: string;
  /**
   * additional information related to the content of the notification. Notification content
   * templates are defined in edx-platform here:
   * https://github.com/openedx/edx-platform/blob/master/openedx/core/djangoapps/notifications/base_notification.py#L10
   */
  content_context: Record<string, string>;
  /**
   * additional information related to the audience of the notification. We can have different
   * filters on course level, such as roles, enrollments, cohorts etc.
   */
  audience_filters: Record<string, string[]>;
}

/** CourseNotificationData as it is sent. */
export interface CourseNotificationDataInput {
  /** identifier of the Course object. */
  course_key: string;
  /** name of the app requesting the course notification. */
  app_name: string;
  /** type of the notification. */
  notification_type: string;
  /** url of the content the notification will redirect to. */
  content_url: string;
  /**
   * additional information related to the content of the notification. Notification content
   * templates are defined in edx-platform here:
   * https://github.com/openedx/edx-platform/blob/master/openedx/core/djangoapps/notifications/base_notification.py#L10.
   * Default: {}.
   */
  content_context?: Readonly<Record<string, string>> | undefined;
  /**
   * additional information related to the audience of the notification. We can have different
   * filters on course level, such as roles, enrollments, cohorts etc. Default: {}.
   */
  audience_filters?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** The fields of CourseNotificationData, for records and events of your own. */
export const courseNotificationData: RecordType<
  CourseNotificationData,
  CourseNotificationDataInput
> = record('CourseNotificationData', {
  course_key: courseKey(),
  app_name: string(),
  notification_type: string(),
  content_url: string(),
  content_context: withDefault(map(string()), {}),
  audience_filters: withDefault(map(list(string())), {}),
});

/** Data related to the answer submitted by the user in an ORA submission. */
export interface ORASubmissionAnswer {
  /** List with the response text in the ORA submission. */
  parts: Record<string, string>[];
  /** List of file keys in the ORA submission. */
  file_keys: string[];
  /** List of file descriptions in the ORA submission. */
  file_descriptions: string[];
  /** List of file names in the ORA submission. */
  file_names: string[];
  /** List of file sizes in the ORA submission. */
  file_sizes: number[];
  /** List of file URLs in the ORA submission. */
  file_urls: string[];
}

/** ORASubmissionAnswer as it is sent. */
export interface ORASubmissionAnswerInput {
  /** List with the response text in the ORA submission. Default: []. */
  parts?: readonly Readonly<Record<string, string>>[] | undefined;
  /** List of file keys in the ORA submission. Default: []. */
  file_keys?: readonly string[] | undefined;
  /** List of file descriptions in the ORA submission. Default: []. */
  file_descriptions?: readonly string[] | undefined;
  /** List of file names in the ORA submission. Default: []. */
  file_names?: readonly string[] | undefined;
  /** List of file sizes in the ORA submission. Default: []. */
  file_sizes?: readonly (number | bigint)[] | undefined;
  /** List of file URLs in the ORA submission. Default: []. */
  file_urls?: readonly string[] | undefined;
}

/** The fields of ORASubmissionAnswer, for records and events of your own. */
export const oraSubmissionAnswer: RecordType<ORASubmissionAnswer, ORASubmissionAnswerInput> =
  record('ORASubmissionAnswer', {
    parts: withDefault(list(map(string())), []),
    file_keys: withDefault(list(string()), []),
    file_descriptions: withDefault(list(string()), []),
    file_names: withDefault(list(string()), []),
    file_sizes: withDefault(list(long()), []),
    file_urls: withDefault(list(string()), []),
  });

/** Data associated to the ORA assessment submitted by a user. */
export interface ORASubmissionData {
  /** The UUID of the ORA submission. */
  uuid: string;
  /** Optional. Anonymous user ID of the user who submitted the ORA submission. */
  anonymous_user_id: string;
  /** Optional. Location of the ORA submission. */
  location: string;
  /** Attempt number of the ORA submission. */
  attempt_number: number;
  /** Date and time when the ORA submission was created. */
  created_at: string;
  /** Date and time when the ORA submission was submitted. */
  submitted_at: string;
  /** Answer submitted by the user in the ORA submission. */
  answer: ORASubmissionAnswer;
}

/** ORASubmissionData as it is sent. */
export interface ORASubmissionDataInput {
  /** The UUID of the ORA submission. */
  uuid: string;
  /** Optional. Anonymous user ID of the user who submitted the ORA submission. */
  anonymous_user_id: string;
  /** Optional. Location of the ORA submission. */
  location: string;
  /** Attempt number of the ORA submission. */
  attempt_number: number | bigint;
  /** Date and time when the ORA submission was created. */
  created_at: string | Date;
  /** Date and time when the ORA submission was submitted. */
  submitted_at: string | Date;
  /** Answer submitted by the user in the ORA submission. */
  answer: ORASubmissionAnswerInput;
}

/** The fields of ORASubmissionData, for records and events of your own. */
export const oraSubmissionData: RecordType<ORASubmissionData, ORASubmissionDataInput> = record(
  'ORASubmissionData',
  {
    uuid: string(),
    anonymous_user_id: string(),
    location: string(),
    attempt_number: long(),
    created_at: datetime(),
    submitted_at: datetime(),
    answer: oraSubmissionAnswer,
  },
);

/**
 * Represents the event data when a user's grade is updated, indicates if current grade is enough
 * for course passing.
 */
export interface CoursePassingStatusData {
  /** Indicates whether the user's grade is enough to pass the course. */
  is_passing: boolean;
  /**
   * An instance of CourseData containing details about the course in which the grade was updated.
   */
  course: CourseData;
  /** An instance of UserData containing information about the user whose grade was updated. */
  user: UserData;
}

/** CoursePassingStatusData as it is sent. */
export interface CoursePassingStatusDataInput {
  /** Indicates whether the user's grade is enough to pass the course. */
  is_passing: boolean;
  /**
   * An instance of CourseData containing details about the course in which the grade was updated.
   */
  course: CourseDataInput;
  /** An instance of UserData containing information about the user whose grade was updated. */
  user: UserDataInput;
}

/** The fields of CoursePassingStatusData, for records and events of your own. */
export const coursePassingStatusData: RecordType<
  CoursePassingStatusData,
  CoursePassingStatusDataInput
> = record('CoursePassingStatusData', {
  is_passing: boolean(),
  course: courseData,
  user: userData,
});

/** Represents data for a CCX (Custom Courses for edX) course. */
export interface CcxCourseData {
  /** The unique identifier for the CCX course. */
  ccx_course_key: CcxKey;
  /** The unique identifier for the original course from which the CCX is derived. */
  master_course_key: CourseKey;
  /** The name of the CCX course as it should appear to users. */
  display_name: string;
  /** The email address of the coach (instructor) for the CCX course. */
  coach_email: string;
  /** The start date of the CCX course. Defaults to None, indicating no specific start date. */
  start: string | null;
  /** The end date of the CCX course. Defaults to None, indicating no specific end date. */
  end: string | null;
  /**
   * The maximum number of students that can enroll in the CCX course. Defaults to None, indicating
   * no limit.
   */
  max_students_allowed: number | null;
}

/** CcxCourseData as it is sent. */
export interface CcxCourseDataInput {
  /** The unique identifier for the CCX course. */
  ccx_course_key: string;
  /** The unique identifier for the original course from which the CCX is derived. */
  master_course_key: string;
  /** The name of the CCX course as it should appear to users. Default: "". */
  display_name?: string | undefined;
  /** The email address of the coach (instructor) for the CCX course. Default: "". */
  coach_email?: string | undefined;
  /**
   * The start date of the CCX course. Defaults to None, indicating no specific start date. Default:
   * null.
   */
  start?: string | null | undefined;
  /**
   * The end date of the CCX course. Defaults to None, indicating no specific end date. Default:
   * null.
   */
  end?: string | null | undefined;
  /**
   * The maximum number of students that can enroll in the CCX course. Defaults to None, indicating
   * no limit. Default: null.
   */
  max_students_allowed?: number | bigint | null | undefined;
}

/** The fields of CcxCourseData, for records and events of your own. */
export const ccxCourseData: RecordType<CcxCourseData, CcxCourseDataInput> = record(
  'CcxCourseData',
  {
    ccx_course_key: ccxKey(),
    master_course_key: courseKey(),
    display_name: withDefault(string(), ''),
    coach_email: withDefault(string(), ''),
    start: nullable(string()),
    end: nullable(string()),
    max_students_allowed: nullable(long()),
  },
);

/** Extends CoursePassingStatusData for CCX courses, specifying CCX course data. */
export interface CcxCoursePassingStatusData {
  /** Indicates whether the user's grade is enough to pass the course. */
  is_passing: boolean;
  /** An instance of UserData containing information about the user whose grade was updated. */
  user: UserData;
  /**
   * An instance of CcxCourseData containing details about the CCX course in which the grade
   * threshold was crossed.
   */
  course: CcxCourseData;
}

/** CcxCoursePassingStatusData as it is sent. */
export interface CcxCoursePassingStatusDataInput {
  /** Indicates whether the user's grade is enough to pass the course. */
  is_passing: boolean;
  /** An instance of UserData containing information about the user whose grade was updated. */
  user: UserDataInput;
  /**
   * An instance of CcxCourseData containing details about the CCX course in which the grade
   * threshold was crossed.
   */
  course: CcxCourseDataInput;
}

/** The fields of CcxCoursePassingStatusData, for records and events of your own. */
export const ccxCoursePassingStatusData: RecordType<
  CcxCoursePassingStatusData,
  CcxCoursePassingStatusDataInput
> = record('CcxCoursePassingStatusData', {
  is_passing: boolean(),
  user: userData,
  course: ccxCourseData,
});

/** Data related to a badge template object. */
export interface BadgeTemplateData {
  /** UUID of the badge template. */
  uuid: string;
  /** type of badge template. */
  origin: string;
  /** badge name. */
  name: string | null;
  /** badge description. */
  description: string | null;
  /** badge image url. */
  image_url: string | null;
}

/** BadgeTemplateData as it is sent. */
export interface BadgeTemplateDataInput {
  /** UUID of the badge template. */
  uuid: string;
  /** type of badge template. */
  origin: string;
  /** badge name. Default: null. */
  name?: string | null | undefined;
  /** badge description. Default: null. */
  description?: string | null | undefined;
  /** badge image url. Default: null. */
  image_url?: string | null | undefined;
}

/** The fields of BadgeTemplateData, for records and events of your own. */
export const badgeTemplateData: RecordType<BadgeTemplateData, BadgeTemplateDataInput> = record(
  'BadgeTemplateData',
  {
    uuid: string(),
    origin: string(),
    name: nullable(string()),
    description: nullable(string()),
    image_url: nullable(string()),
  },
);

/** Data related to a badge object. */
export interface BadgeData {
  /** the UUID of the badge. */
  uuid: string;
  /** user associated with the badge. */
  user: UserData;
  /** badge template data. */
  template: BadgeTemplateData;
}

/** BadgeData as it is sent. */
export interface BadgeDataInput {
  /** the UUID of the badge. */
  uuid: string;
  /** user associated with the badge. */
  user: UserDataInput;
  /** badge template data. */
  template: BadgeTemplateDataInput;
}

/** The fields of BadgeData, for records and events of your own. */
export const badgeData: RecordType<BadgeData, BadgeDataInput> = record('BadgeData', {
  uuid: string(),
  user: userData,
  template: badgeTemplateData,
});

/** Data related to a IDV attempt object. */
export interface VerificationAttemptData {
  /** the id of the verification attempt */
  attempt_id: number;
  /** the user (usually a learner) performing the verification attempt. */
  user: UserData;
  /** the status of the verification attempt. */
  status: string;
  /** the name being ID verified. Defaults to None. */
  name: string | null;
  /** A date and time in ISO 8601, as Python writes it. */
  expiration_date: string | null;
}

/** VerificationAttemptData as it is sent. */
export interface VerificationAttemptDataInput {
  /** the id of the verification attempt */
  attempt_id: number | bigint;
  /** the user (usually a learner) performing the verification attempt. */
  user: UserDataInput;
  /** the status of the verification attempt. */
  status: string;
  /** the name being ID verified. Defaults to None. Default: null. */
  name?: string | null | undefined;
  /** A date and time in ISO 8601, as Python writes it. Default: null. */
  expiration_date?: string | Date | null | undefined;
}

/** The fields of VerificationAttemptData, for records and events of your own. */
export const verificationAttemptData: RecordType<
  VerificationAttemptData,
  VerificationAttemptDataInput
> = record('VerificationAttemptData', {
  attempt_id: long(),
  user: userData,
  status: string(),
  name: nullable(string()),
  expiration_date: nullable(datetime()),
});

/** Class that encapsulates score data provided by an external grader. */
export interface ExternalGraderScoreData {
  /** Maximum possible score for this assignment */
  points_possible: number;
  /** Score earned by the student */
  points_earned: number;
  /** Unique identifier for the course */
  course_id: string;
  /** Descriptive message about the score (feedback) */
  score_msg: string;
  /** Unique identifier for the graded submission */
  submission_id: number;
  /** ID of the user who submitted the assignment */
  user_id: string;
  /** ID of the module/problem being graded */
  module_id: string;
  /** Unique key for the submission in the queue */
  queue_key: string;
  /** Name of the queue that processed the submission */
  queue_name: string;
}

/** ExternalGraderScoreData as it is sent. */
export interface ExternalGraderScoreDataInput {
  /** Maximum possible score for this assignment */
  points_possible: number | bigint;
  /** Score earned by the student */
  points_earned: number | bigint;
  /** Unique identifier for the course */
  course_id: string;
  /** Descriptive message about the score (feedback) */
  score_msg: string;
  /** Unique identifier for the graded submission */
  submission_id: number | bigint;
  /** ID of the user who submitted the assignment */
  user_id: string;
  /** ID of the module/problem being graded */
  module_id: string;
  /** Unique key for the submission in the queue */
  queue_key: string;
  /** Name of the queue that processed the submission */
  queue_name: string;
}

/** The fields of ExternalGraderScoreData, for records and events of your own. */
export const externalGraderScoreData: RecordType<
  ExternalGraderScoreData,
  ExternalGraderScoreDataInput
> = record('ExternalGraderScoreData', {
  points_possible: long(),
  points_earned: long(),
  course_id: string(),
  score_msg: string(),
  submission_id: long(),
  user_id: string(),
  module_id: string(),
  queue_key: string(),
  queue_name: string(),
});

/** Data required for a successful LTI launch. */
export interface LtiProviderLaunchParamsData {
  /** A comma-separated list of roles (as per LTI Spec) of the User. */
  roles: string;
  /** An ID for the launch context of LTI content. */
  context_id: string;
  /** External (LTI) User ID of user performing the launch. */
  user_id: string;
  /** A dictionary of other optional launch parameters. */
  extra_params: Record<string, string>;
}

/** LtiProviderLaunchParamsData as it is sent. */
export interface LtiProviderLaunchParamsDataInput {
  /** A comma-separated list of roles (as per LTI Spec) of the User. */
  roles: string;
  /** An ID for the launch context of LTI content. */
  context_id: string;
  /** External (LTI) User ID of user performing the launch. */
  user_id: string;
  /** A dictionary of other optional launch parameters. Default: {}. */
  extra_params?: Readonly<Record<string, string>> | undefined;
}

/** The fields of LtiProviderLaunchParamsData, for records and events of your own. */
export const ltiProviderLaunchParamsData: RecordType<
  LtiProviderLaunchParamsData,
  LtiProviderLaunchParamsDataInput
> = record('LtiProviderLaunchParamsData', {
  roles: string(),
  context_id: string(),
  user_id: string(),
  extra_params: withDefault(map(string()), {}),
});

/** Class that encapsulates LTI data for an LTI launch event. */
export interface LtiProviderLaunchData {
  /** The user data for the Open edX user initiating the launch. */
  user: UserData;
  /** The unique course ID for the course to which the launched content belongs. */
  course_key: CourseKey;
  /** The usage key for the content being luanched via LtiProviderLaunchParamsData. */
  usage_key: UsageKey;
  /** The LTI parameters used for the launch. */
  launch_params: LtiProviderLaunchParamsData;
}

/** LtiProviderLaunchData as it is sent. */
export interface LtiProviderLaunchDataInput {
  /** The user data for the Open edX user initiating the launch. */
  user: UserDataInput;
  /** The unique course ID for the course to which the launched content belongs. */
  course_key: string;
  /** The usage key for the content being luanched via LtiProviderLaunchParamsData. */
  usage_key: string;
  /** The LTI parameters used for the launch. */
  launch_params: LtiProviderLaunchParamsDataInput;
}

/** The fields of LtiProviderLaunchData, for records and events of your own. */
export const ltiProviderLaunchData: RecordType<LtiProviderLaunchData, LtiProviderLaunchDataInput> =
  record('LtiProviderLaunchData', {
    user: userData,
    course_key: courseKey(),
    usage_key: usageKey(),
    launch_params: ltiProviderLaunchParamsData,
  });

/** The data of STUDENT_REGISTRATION_COMPLETED. */
export interface StudentRegistrationCompleted {
  /** A UserData. */
  user: UserData;
}

/** StudentRegistrationCompleted as it is sent. */
export interface StudentRegistrationCompletedInput {
  /** A UserData. */
  user: UserDataInput;
}

/** Emitted when a user completes registration in Open edX. */
export const STUDENT_REGISTRATION_COMPLETED: EventDefinition<
  'org.openedx.learning.student.registration.completed.v1',
  StudentRegistrationCompleted,
  StudentRegistrationCompletedInput
> = defineEvent({
  type: 'org.openedx.learning.student.registration.completed.v1',
  data: { user: userData },
});

/** The data of SESSION_LOGIN_COMPLETED. */
export interface SessionLoginCompleted {
  /** A UserData. */
  user: UserData;
}

/** SessionLoginCompleted as it is sent. */
export interface SessionLoginCompletedInput {
  /** A UserData. */
  user: UserDataInput;
}

/** Emitted when a user logs in to Open edX. */
export const SESSION_LOGIN_COMPLETED: EventDefinition<
  'org.openedx.learning.auth.session.login.completed.v1',
  SessionLoginCompleted,
  SessionLoginCompletedInput
> = defineEvent({
  type: 'org.openedx.learning.auth.session.login.completed.v1',
  data: { user: userData },
});

/** The data of COURSE_ENROLLMENT_CREATED. */
export interface CourseEnrollmentCreated {
  /** A CourseEnrollmentData. */
  enrollment: CourseEnrollmentData;
}

/** CourseEnrollmentCreated as it is sent. */
export interface CourseEnrollmentCreatedInput {
  /** A CourseEnrollmentData. */
  enrollment: CourseEnrollmentDataInput;
}

/** Emitted when the user enrolls in a course. */
export const COURSE_ENROLLMENT_CREATED: EventDefinition<
  'org.openedx.learning.course.enrollment.created.v1',
  CourseEnrollmentCreated,
  CourseEnrollmentCreatedInput
> = defineEvent({
  type: 'org.openedx.learning.course.enrollment.created.v1',
  data: { enrollment: courseEnrollmentData },
});

/** The data of COURSE_ENROLLMENT_CHANGED. */
export interface CourseEnrollmentChanged {
  /** A CourseEnrollmentData. */
  enrollment: CourseEnrollmentData;
}

/** CourseEnrollmentChanged as it is sent. */
export interface CourseEnrollmentChangedInput {
  /** A CourseEnrollmentData. */
  enrollment: CourseEnrollmentDataInput;
}

/** Emitted when the enrollment for a user in a course changes. */
export const COURSE_ENROLLMENT_CHANGED: EventDefinition<
  'org.openedx.learning.course.enrollment.changed.v1',
  CourseEnrollmentChanged,
  CourseEnrollmentChangedInput
> = defineEvent({
  type: 'org.openedx.learning.course.enrollment.changed.v1',
  data: { enrollment: courseEnrollmentData },
});

/** The data of COURSE_UNENROLLMENT_COMPLETED. */
export interface CourseUnenrollmentCompleted {
  /** A CourseEnrollmentData. */
  enrollment: CourseEnrollmentData;
}

/** CourseUnenrollmentCompleted as it is sent. */
export interface CourseUnenrollmentCompletedInput {
  /** A CourseEnrollmentData. */
  enrollment: CourseEnrollmentDataInput;
}

/** Emitted when the user unenrolls from a course. */
export const COURSE_UNENROLLMENT_COMPLETED: EventDefinition<
  'org.openedx.learning.course.unenrollment.completed.v1',
  CourseUnenrollmentCompleted,
  CourseUnenrollmentCompletedInput
> = defineEvent({
  type: 'org.openedx.learning.course.unenrollment.completed.v1',
  data: { enrollment: courseEnrollmentData },
});

/** The data of CERTIFICATE_CREATED. */
export interface CertificateCreated {
  /** A CertificateData. */
  certificate: CertificateData;
}

/** CertificateCreated as it is sent. */
export interface CertificateCreatedInput {
  /** A CertificateData. */
  certificate: CertificateDataInput;
}

/** Emitted when a certificate is created for a user. */
export const CERTIFICATE_CREATED: EventDefinition<
  'org.openedx.learning.certificate.created.v1',
  CertificateCreated,
  CertificateCreatedInput
> = defineEvent({
  type: 'org.openedx.learning.certificate.created.v1',
  data: { certificate: certificateData },
});

/** The data of PROGRAM_CERTIFICATE_AWARDED. */
export interface ProgramCertificateAwarded {
  /** A ProgramCertificateData. */
  program_certificate: ProgramCertificateData;
}

/** ProgramCertificateAwarded as it is sent. */
export interface ProgramCertificateAwardedInput {
  /** A ProgramCertificateData. */
  program_certificate: ProgramCertificateDataInput;
}

/** Emitted when a program certificate is awarded to a learner. */
export const PROGRAM_CERTIFICATE_AWARDED: EventDefinition<
  'org.openedx.learning.program.certificate.awarded.v1',
  ProgramCertificateAwarded,
  ProgramCertificateAwardedInput
> = defineEvent({
  type: 'org.openedx.learning.program.certificate.awarded.v1',
  data: { program_certificate: programCertificateData },
});

/** The data of CERTIFICATE_CHANGED. */
export interface CertificateChanged {
  /** A CertificateData. */
  certificate: CertificateData;
}

/** CertificateChanged as it is sent. */
export interface CertificateChangedInput {
  /** A CertificateData. */
  certificate: CertificateDataInput;
}

/** Emitted when the user's certificate changes. */
export const CERTIFICATE_CHANGED: EventDefinition<
  'org.openedx.learning.certificate.changed.v1',
  CertificateChanged,
  CertificateChangedInput
> = defineEvent({
  type: 'org.openedx.learning.certificate.changed.v1',
  data: { certificate: certificateData },
});

/** The data of CERTIFICATE_REVOKED. */
export interface CertificateRevoked {
  /** A CertificateData. */
  certificate: CertificateData;
}

/** CertificateRevoked as it is sent. */
export interface CertificateRevokedInput {
  /** A CertificateData. */
  certificate: CertificateDataInput;
}

/** Emitted when a certificate is revoked from a user. */
export const CERTIFICATE_REVOKED: EventDefinition<
  'org.openedx.learning.certificate.revoked.v1',
  CertificateRevoked,
  CertificateRevokedInput
> = defineEvent({
  type: 'org.openedx.learning.certificate.revoked.v1',
  data: { certificate: certificateData },
});

/** The data of PROGRAM_CERTIFICATE_REVOKED. */
export interface ProgramCertificateRevoked {
  /** A ProgramCertificateData. */
  program_certificate: ProgramCertificateData;
}

/** ProgramCertificateRevoked as it is sent. */
export interface ProgramCertificateRevokedInput {
  /** A ProgramCertificateData. */
  program_certificate: ProgramCertificateDataInput;
}

/** Emit when a program certificate is revoked from a learner. */
export const PROGRAM_CERTIFICATE_REVOKED: EventDefinition<
  'org.openedx.learning.program.certificate.revoked.v1',
  ProgramCertificateRevoked,
  ProgramCertificateRevokedInput
> = defineEvent({
  type: 'org.openedx.learning.program.certificate.revoked.v1',
  data: { program_certificate: programCertificateData },
});

/** The data of COHORT_MEMBERSHIP_CHANGED. */
export interface CohortMembershipChanged {
  /** A CohortData. */
  cohort: CohortData;
}

/** CohortMembershipChanged as it is sent. */
export interface CohortMembershipChangedInput {
  /** A CohortData. */
  cohort: CohortDataInput;
}

/** Emitted when a user's cohort membership changes. */
export const COHORT_MEMBERSHIP_CHANGED: EventDefinition<
  'org.openedx.learning.cohort_membership.changed.v1',
  CohortMembershipChanged,
  CohortMembershipChangedInput
> = defineEvent({
  type: 'org.openedx.learning.cohort_membership.changed.v1',
  data: { cohort: cohortData },
});

/** The data of COURSE_DISCUSSIONS_CHANGED. */
export interface CourseDiscussionsChanged {
  /** A CourseDiscussionConfigurationData. */
  configuration: CourseDiscussionConfigurationData;
}

/** CourseDiscussionsChanged as it is sent. */
export interface CourseDiscussionsChangedInput {
  /** A CourseDiscussionConfigurationData. */
  configuration: CourseDiscussionConfigurationDataInput;
}

/** Emitted when the configuration for a course's discussions changes in the course. */
export const COURSE_DISCUSSIONS_CHANGED: EventDefinition<
  'org.openedx.learning.discussions.configuration.changed.v1',
  CourseDiscussionsChanged,
  CourseDiscussionsChangedInput
> = defineEvent({
  type: 'org.openedx.learning.discussions.configuration.changed.v1',
  data: { configuration: courseDiscussionConfigurationData },
});

/** The data of PERSISTENT_GRADE_SUMMARY_CHANGED. */
export interface PersistentGradeSummaryChanged {
  /** A PersistentCourseGradeData. */
  grade: PersistentCourseGradeData;
}

/** PersistentGradeSummaryChanged as it is sent. */
export interface PersistentGradeSummaryChangedInput {
  /** A PersistentCourseGradeData. */
  grade: PersistentCourseGradeDataInput;
}

/** Emitted when a course's persistent grade summary changes for a user. */
export const PERSISTENT_GRADE_SUMMARY_CHANGED: EventDefinition<
  'org.openedx.learning.course.persistent_grade_summary.changed.v1',
  PersistentGradeSummaryChanged,
  PersistentGradeSummaryChangedInput
> = defineEvent({
  type: 'org.openedx.learning.course.persistent_grade_summary.changed.v1',
  data: { grade: persistentCourseGradeData },
});

/** The data of XBLOCK_SKILL_VERIFIED. */
export interface XblockSkillVerified {
  /** A XBlockSkillVerificationData. */
  xblock_info: XBlockSkillVerificationData;
}

/** XblockSkillVerified as it is sent. */
export interface XblockSkillVerifiedInput {
  /** A XBlockSkillVerificationData. */
  xblock_info: XBlockSkillVerificationDataInput;
}

/** Emitted when an XBlock skill is verified. */
export const XBLOCK_SKILL_VERIFIED: EventDefinition<
  'org.openedx.learning.xblock.skill.verified.v1',
  XblockSkillVerified,
  XblockSkillVerifiedInput
> = defineEvent({
  type: 'org.openedx.learning.xblock.skill.verified.v1',
  data: { xblock_info: xBlockSkillVerificationData },
});

/** The data of USER_NOTIFICATION_REQUESTED. */
export interface UserNotificationRequested {
  /** A UserNotificationData. */
  notification_data: UserNotificationData;
}

/** UserNotificationRequested as it is sent. */
export interface UserNotificationRequestedInput {
  /** A UserNotificationData. */
  notification_data: UserNotificationDataInput;
}

/** Can be emitted from apps to send user notifications. */
export const USER_NOTIFICATION_REQUESTED: EventDefinition<
  'org.openedx.learning.user.notification.requested.v1',
  UserNotificationRequested,
  UserNotificationRequestedInput
> = defineEvent({
  type: 'org.openedx.learning.user.notification.requested.v1',
  data: { notification_data: userNotificationData },
});

/** The data of EXAM_ATTEMPT_SUBMITTED. */
export interface ExamAttemptSubmitted {
  /** A ExamAttemptData. */
  exam_attempt: ExamAttemptData;
}

/** ExamAttemptSubmitted as it is sent. */
export interface ExamAttemptSubmittedInput {
  /** A ExamAttemptData. */
  exam_attempt: ExamAttemptDataInput;
}

/** Emitted when an exam attempt is submitted by a learner in edx-exams. */
export const EXAM_ATTEMPT_SUBMITTED: EventDefinition<
  'org.openedx.learning.exam.attempt.submitted.v1',
  ExamAttemptSubmitted,
  ExamAttemptSubmittedInput
> = defineEvent({
  type: 'org.openedx.learning.exam.attempt.submitted.v1',
  data: { exam_attempt: examAttemptData },
});

/** The data of EXAM_ATTEMPT_REJECTED. */
export interface ExamAttemptRejected {
  /** A ExamAttemptData. */
  exam_attempt: ExamAttemptData;
}

/** ExamAttemptRejected as it is sent. */
export interface ExamAttemptRejectedInput {
  /** A ExamAttemptData. */
  exam_attempt: ExamAttemptDataInput;
}

/** Emitted when an exam attempt is marked rejected in edx-exams. */
export const EXAM_ATTEMPT_REJECTED: EventDefinition<
  'org.openedx.learning.exam.attempt.rejected.v1',
  ExamAttemptRejected,
  ExamAttemptRejectedInput
> = defineEvent({
  type: 'org.openedx.learning.exam.attempt.rejected.v1',
  data: { exam_attempt: examAttemptData },
});

/** The data of EXAM_ATTEMPT_VERIFIED. */
export interface ExamAttemptVerified {
  /** A ExamAttemptData. */
  exam_attempt: ExamAttemptData;
}

/** ExamAttemptVerified as it is sent. */
export interface ExamAttemptVerifiedInput {
  /** A ExamAttemptData. */
  exam_attempt: ExamAttemptDataInput;
}

/** Emitted when an exam attempt is marked verified in edx-exams. */
export const EXAM_ATTEMPT_VERIFIED: EventDefinition<
  'org.openedx.learning.exam.attempt.verified.v1',
  ExamAttemptVerified,
  ExamAttemptVerifiedInput
> = defineEvent({
  type: 'org.openedx.learning.exam.attempt.verified.v1',
  data: { exam_attempt: examAttemptData },
});

/** The data of EXAM_ATTEMPT_ERRORED. */
export interface ExamAttemptErrored {
  /** A ExamAttemptData. */
  exam_attempt: ExamAttemptData;
}

/** ExamAttemptErrored as it is sent. */
export interface ExamAttemptErroredInput {
  /** A ExamAttemptData. */
  exam_attempt: ExamAttemptDataInput;
}

/** Emitted when a learner's exam attempt errors out in edx-exams. */
export const EXAM_ATTEMPT_ERRORED: EventDefinition<
  'org.openedx.learning.exam.attempt.errored.v1',
  ExamAttemptErrored,
  ExamAttemptErroredInput
> = defineEvent({
  type: 'org.openedx.learning.exam.attempt.errored.v1',
  data: { exam_attempt: examAttemptData },
});

/** The data of EXAM_ATTEMPT_RESET. */
export interface ExamAttemptReset {
  /** A ExamAttemptData. */
  exam_attempt: ExamAttemptData;
}

/** ExamAttemptReset as it is sent. */
export interface ExamAttemptResetInput {
  /** A ExamAttemptData. */
  exam_attempt: ExamAttemptDataInput;
}

/** Emitted when an exam attempt is reset in edx-exams. */
export const EXAM_ATTEMPT_RESET: EventDefinition<
  'org.openedx.learning.exam.attempt.reset.v1',
  ExamAttemptReset,
  ExamAttemptResetInput
> = defineEvent({
  type: 'org.openedx.learning.exam.attempt.reset.v1',
  data: { exam_attempt: examAttemptData },
});

/** The data of COURSE_ACCESS_ROLE_ADDED. */
export interface CourseAccessRoleAdded {
  /** A CourseAccessRoleData. */
  course_access_role_data: CourseAccessRoleData;
}

/** CourseAccessRoleAdded as it is sent. */
export interface CourseAccessRoleAddedInput {
  /** A CourseAccessRoleData. */
  course_access_role_data: CourseAccessRoleDataInput;
}

/** Emitted when a user is given a course access role. */
export const COURSE_ACCESS_ROLE_ADDED: EventDefinition<
  'org.openedx.learning.user.course_access_role.added.v1',
  CourseAccessRoleAdded,
  CourseAccessRoleAddedInput
> = defineEvent({
  type: 'org.openedx.learning.user.course_access_role.added.v1',
  data: { course_access_role_data: courseAccessRoleData },
});

/** The data of COURSE_ACCESS_ROLE_REMOVED. */
export interface CourseAccessRoleRemoved {
  /** A CourseAccessRoleData. */
  course_access_role_data: CourseAccessRoleData;
}

/** CourseAccessRoleRemoved as it is sent. */
export interface CourseAccessRoleRemovedInput {
  /** A CourseAccessRoleData. */
  course_access_role_data: CourseAccessRoleDataInput;
}

/** Emitted when a course access role is removed from a user. */
export const COURSE_ACCESS_ROLE_REMOVED: EventDefinition<
  'org.openedx.learning.user.course_access_role.removed.v1',
  CourseAccessRoleRemoved,
  CourseAccessRoleRemovedInput
> = defineEvent({
  type: 'org.openedx.learning.user.course_access_role.removed.v1',
  data: { course_access_role_data: courseAccessRoleData },
});

/** The data of FORUM_THREAD_CREATED. */
export interface ForumThreadCreated {
  /** A DiscussionThreadData. */
  thread: DiscussionThreadData;
}

/** ForumThreadCreated as it is sent. */
export interface ForumThreadCreatedInput {
  /** A DiscussionThreadData. */
  thread: DiscussionThreadDataInput;
}

/** Emitted when a new thread is created in a discussion. */
export const FORUM_THREAD_CREATED: EventDefinition<
  'org.openedx.learning.forum.thread.created.v1',
  ForumThreadCreated,
  ForumThreadCreatedInput
> = defineEvent({
  type: 'org.openedx.learning.forum.thread.created.v1',
  data: { thread: discussionThreadData },
});

/** The data of FORUM_THREAD_RESPONSE_CREATED. */
export interface ForumThreadResponseCreated {
  /** A DiscussionThreadData. */
  thread: DiscussionThreadData;
}

/** ForumThreadResponseCreated as it is sent. */
export interface ForumThreadResponseCreatedInput {
  /** A DiscussionThreadData. */
  thread: DiscussionThreadDataInput;
}

/** Emitted when a new response is added to a thread. */
export const FORUM_THREAD_RESPONSE_CREATED: EventDefinition<
  'org.openedx.learning.forum.thread.response.created.v1',
  ForumThreadResponseCreated,
  ForumThreadResponseCreatedInput
> = defineEvent({
  type: 'org.openedx.learning.forum.thread.response.created.v1',
  data: { thread: discussionThreadData },
});

/** The data of FORUM_RESPONSE_COMMENT_CREATED. */
export interface ForumResponseCommentCreated {
  /** A DiscussionThreadData. */
  thread: DiscussionThreadData;
}

/** ForumResponseCommentCreated as it is sent. */
export interface ForumResponseCommentCreatedInput {
  /** A DiscussionThreadData. */
  thread: DiscussionThreadDataInput;
}

/** Emitted when a new comment is added to a response. */
export const FORUM_RESPONSE_COMMENT_CREATED: EventDefinition<
  'org.openedx.learning.forum.thread.response.comment.created.v1',
  ForumResponseCommentCreated,
  ForumResponseCommentCreatedInput
> = defineEvent({
  type: 'org.openedx.learning.forum.thread.response.comment.created.v1',
  data: { thread: discussionThreadData },
});

/** The data of COURSE_NOTIFICATION_REQUESTED. */
export interface CourseNotificationRequested {
  /** A CourseNotificationData. */
  course_notification_data: CourseNotificationData;
}

/** CourseNotificationRequested as it is sent. */
export interface CourseNotificationRequestedInput {
  /** A CourseNotificationData. */
  course_notification_data: CourseNotificationDataInput;
}

/** Emitted when a notification is requested for a course. */
export const COURSE_NOTIFICATION_REQUESTED: EventDefinition<
  'org.openedx.learning.course.notification.requested.v1',
  CourseNotificationRequested,
  CourseNotificationRequestedInput
> = defineEvent({
  type: 'org.openedx.learning.course.notification.requested.v1',
  data: { course_notification_data: courseNotificationData },
});

/** The data of ORA_SUBMISSION_CREATED. */
export interface OraSubmissionCreated {
  /** A ORASubmissionData. */
  submission: ORASubmissionData;
}

/** OraSubmissionCreated as it is sent. */
export interface OraSubmissionCreatedInput {
  /** A ORASubmissionData. */
  submission: ORASubmissionDataInput;
}

/** Emitted when a user submits an ORA assignment. */
export const ORA_SUBMISSION_CREATED: EventDefinition<
  'org.openedx.learning.ora.submission.created.v1',
  OraSubmissionCreated,
  OraSubmissionCreatedInput
> = defineEvent({
  type: 'org.openedx.learning.ora.submission.created.v1',
  data: { submission: oraSubmissionData },
});

/** The data of COURSE_PASSING_STATUS_UPDATED. */
export interface CoursePassingStatusUpdated {
  /** A CoursePassingStatusData. */
  course_passing_status: CoursePassingStatusData;
}

/** CoursePassingStatusUpdated as it is sent. */
export interface CoursePassingStatusUpdatedInput {
  /** A CoursePassingStatusData. */
  course_passing_status: CoursePassingStatusDataInput;
}

/** Emitted when course grade updates. */
export const COURSE_PASSING_STATUS_UPDATED: EventDefinition<
  'org.openedx.learning.course.passing.status.updated.v1',
  CoursePassingStatusUpdated,
  CoursePassingStatusUpdatedInput
> = defineEvent({
  type: 'org.openedx.learning.course.passing.status.updated.v1',
  data: { course_passing_status: coursePassingStatusData },
});

/** The data of CCX_COURSE_PASSING_STATUS_UPDATED. */
export interface CcxCoursePassingStatusUpdated {
  /** A CcxCoursePassingStatusData. */
  course_passing_status: CcxCoursePassingStatusData;
}

/** CcxCoursePassingStatusUpdated as it is sent. */
export interface CcxCoursePassingStatusUpdatedInput {
  /** A CcxCoursePassingStatusData. */
  course_passing_status: CcxCoursePassingStatusDataInput;
}

/** Emitted when a CCX course grade updates. */
export const CCX_COURSE_PASSING_STATUS_UPDATED: EventDefinition<
  'org.openedx.learning.ccx.course.passing.status.updated.v1',
  CcxCoursePassingStatusUpdated,
  CcxCoursePassingStatusUpdatedInput
> = defineEvent({
  type: 'org.openedx.learning.ccx.course.passing.status.updated.v1',
  data: { course_passing_status: ccxCoursePassingStatusData },
});

/** The data of BADGE_AWARDED. */
export interface BadgeAwarded {
  /** A BadgeData. */
  badge: BadgeData;
}

/** BadgeAwarded as it is sent. */
export interface BadgeAwardedInput {
  /** A BadgeData. */
  badge: BadgeDataInput;
}

/** Emit when a badge is awarded to a learner. */
export const BADGE_AWARDED: EventDefinition<
  'org.openedx.learning.badge.awarded.v1',
  BadgeAwarded,
  BadgeAwardedInput
> = defineEvent({
  type: 'org.openedx.learning.badge.awarded.v1',
  data: { badge: badgeData },
});

/** The data of BADGE_REVOKED. */
export interface BadgeRevoked {
  /** A BadgeData. */
  badge: BadgeData;
}

/** BadgeRevoked as it is sent. */
export interface BadgeRevokedInput {
  /** A BadgeData. */
  badge: BadgeDataInput;
}

/** Emit when a badge is revoked for a learner, */
export const BADGE_REVOKED: EventDefinition<
  'org.openedx.learning.badge.revoked.v1',
  BadgeRevoked,
  BadgeRevokedInput
> = defineEvent({
  type: 'org.openedx.learning.badge.revoked.v1',
  data: { badge: badgeData },
});

/** The data of IDV_ATTEMPT_CREATED. */
export interface IdvAttemptCreated {
  /** A VerificationAttemptData. */
  idv_attempt: VerificationAttemptData;
}

/** IdvAttemptCreated as it is sent. */
export interface IdvAttemptCreatedInput {
  /** A VerificationAttemptData. */
  idv_attempt: VerificationAttemptDataInput;
}

/** Emitted when an IDV attempt is created. */
export const IDV_ATTEMPT_CREATED: EventDefinition<
  'org.openedx.learning.idv_attempt.created.v1',
  IdvAttemptCreated,
  IdvAttemptCreatedInput
> = defineEvent({
  type: 'org.openedx.learning.idv_attempt.created.v1',
  data: { idv_attempt: verificationAttemptData },
});

/** The data of IDV_ATTEMPT_PENDING. */
export interface IdvAttemptPending {
  /** A VerificationAttemptData. */
  idv_attempt: VerificationAttemptData;
}

/** IdvAttemptPending as it is sent. */
export interface IdvAttemptPendingInput {
  /** A VerificationAttemptData. */
  idv_attempt: VerificationAttemptDataInput;
}

/** Emitted when an IDV attempt is marked as pending. */
export const IDV_ATTEMPT_PENDING: EventDefinition<
  'org.openedx.learning.idv_attempt.pending.v1',
  IdvAttemptPending,
  IdvAttemptPendingInput
> = defineEvent({
  type: 'org.openedx.learning.idv_attempt.pending.v1',
  data: { idv_attempt: verificationAttemptData },
});

/** The data of IDV_ATTEMPT_APPROVED. */
export interface IdvAttemptApproved {
  /** A VerificationAttemptData. */
  idv_attempt: VerificationAttemptData;
}

/** IdvAttemptApproved as it is sent. */
export interface IdvAttemptApprovedInput {
  /** A VerificationAttemptData. */
  idv_attempt: VerificationAttemptDataInput;
}

/** Emitted when an IDV attempt is approved. */
export const IDV_ATTEMPT_APPROVED: EventDefinition<
  'org.openedx.learning.idv_attempt.approved.v1',
  IdvAttemptApproved,
  IdvAttemptApprovedInput
> = defineEvent({
  type: 'org.openedx.learning.idv_attempt.approved.v1',
  data: { idv_attempt: verificationAttemptData },
});

/** The data of IDV_ATTEMPT_DENIED. */
export interface IdvAttemptDenied {
  /** A VerificationAttemptData. */
  idv_attempt: VerificationAttemptData;
}

/** IdvAttemptDenied as it is sent. */
export interface IdvAttemptDeniedInput {
  /** A VerificationAttemptData. */
  idv_attempt: VerificationAttemptDataInput;
}

/** Emitted when an IDV attempt is denied. */
export const IDV_ATTEMPT_DENIED: EventDefinition<
  'org.openedx.learning.idv_attempt.denied.v1',
  IdvAttemptDenied,
  IdvAttemptDeniedInput
> = defineEvent({
  type: 'org.openedx.learning.idv_attempt.denied.v1',
  data: { idv_attempt: verificationAttemptData },
});

/** The data of EXTERNAL_GRADER_SCORE_SUBMITTED. */
export interface ExternalGraderScoreSubmitted {
  /** A ExternalGraderScoreData. */
  score: ExternalGraderScoreData;
}

/** ExternalGraderScoreSubmitted as it is sent. */
export interface ExternalGraderScoreSubmittedInput {
  /** A ExternalGraderScoreData. */
  score: ExternalGraderScoreDataInput;
}

/** emitted when an external grader provides a score for a submission */
export const EXTERNAL_GRADER_SCORE_SUBMITTED: EventDefinition<
  'org.openedx.learning.external_grader.score.submitted.v1',
  ExternalGraderScoreSubmitted,
  ExternalGraderScoreSubmittedInput
> = defineEvent({
  type: 'org.openedx.learning.external_grader.score.submitted.v1',
  data: { score: externalGraderScoreData },
});

/** The data of LTI_PROVIDER_LAUNCH_SUCCESS. */
export interface LtiProviderLaunchSuccess {
  /** A LtiProviderLaunchData. */
  launch_data: LtiProviderLaunchData;
}

/** LtiProviderLaunchSuccess as it is sent. */
export interface LtiProviderLaunchSuccessInput {
  /** A LtiProviderLaunchData. */
  launch_data: LtiProviderLaunchDataInput;
}

/** emitted when a student accesses learning content via LTI */
export const LTI_PROVIDER_LAUNCH_SUCCESS: EventDefinition<
  'org.openedx.learning.lti_provider.launch.success.v1',
  LtiProviderLaunchSuccess,
  LtiProviderLaunchSuccessInput
> = defineEvent({
  type: 'org.openedx.learning.lti_provider.launch.success.v1',
  data: { launch_data: ltiProviderLaunchData },
});

/** The events of the subdomain, by type. */
export interface LearningEvents {
  /** Emitted when a user completes registration in Open edX. */
  'org.openedx.learning.student.registration.completed.v1': typeof STUDENT_REGISTRATION_COMPLETED;
  /** Emitted when a user logs in to Open edX. */
  'org.openedx.learning.auth.session.login.completed.v1': typeof SESSION_LOGIN_COMPLETED;
  /** Emitted when the user enrolls in a course. */
  'org.openedx.learning.course.enrollment.created.v1': typeof COURSE_ENROLLMENT_CREATED;
  /** Emitted when the enrollment for a user in a course changes. */
  'org.openedx.learning.course.enrollment.changed.v1': typeof COURSE_ENROLLMENT_CHANGED;
  /** Emitted when the user unenrolls from a course. */
  'org.openedx.learning.course.unenrollment.completed.v1': typeof COURSE_UNENROLLMENT_COMPLETED;
  /** Emitted when a certificate is created for a user. */
  'org.openedx.learning.certificate.created.v1': typeof CERTIFICATE_CREATED;
  /** Emitted when a program certificate is awarded to a learner. */
  'org.openedx.learning.program.certificate.awarded.v1': typeof PROGRAM_CERTIFICATE_AWARDED;
  /** Emitted when the user's certificate changes. */
  'org.openedx.learning.certificate.changed.v1': typeof CERTIFICATE_CHANGED;
  /** Emitted when a certificate is revoked from a user. */
  'org.openedx.learning.certificate.revoked.v1': typeof CERTIFICATE_REVOKED;
  /** Emit when a program certificate is revoked from a learner. */
  'org.openedx.learning.program.certificate.revoked.v1': typeof PROGRAM_CERTIFICATE_REVOKED;
  /** Emitted when a user's cohort membership changes. */
  'org.openedx.learning.cohort_membership.changed.v1': typeof COHORT_MEMBERSHIP_CHANGED;
  /** Emitted when the configuration for a course's discussions changes in the course. */
  'org.openedx.learning.discussions.configuration.changed.v1': typeof COURSE_DISCUSSIONS_CHANGED;
  /** Emitted when a course's persistent grade summary changes for a user. */
  'org.openedx.learning.course.persistent_grade_summary.changed.v1': typeof PERSISTENT_GRADE_SUMMARY_CHANGED;
  /** Emitted when an XBlock skill is verified. */
  'org.openedx.learning.xblock.skill.verified.v1': typeof XBLOCK_SKILL_VERIFIED;
  /** Can be emitted from apps to send user notifications. */
  'org.openedx.learning.user.notification.requested.v1': typeof USER_NOTIFICATION_REQUESTED;
  /** Emitted when an exam attempt is submitted by a learner in edx-exams. */
  'org.openedx.learning.exam.attempt.submitted.v1': typeof EXAM_ATTEMPT_SUBMITTED;
  /** Emitted when an exam attempt is marked rejected in edx-exams. */
  'org.openedx.learning.exam.attempt.rejected.v1': typeof EXAM_ATTEMPT_REJECTED;
  /** Emitted when an exam attempt is marked verified in edx-exams. */
  'org.openedx.learning.exam.attempt.verified.v1': typeof EXAM_ATTEMPT_VERIFIED;
  /** Emitted when a learner's exam attempt errors out in edx-exams. */
  'org.openedx.learning.exam.attempt.errored.v1': typeof EXAM_ATTEMPT_ERRORED;
  /** Emitted when an exam attempt is reset in edx-exams. */
  'org.openedx.learning.exam.attempt.reset.v1': typeof EXAM_ATTEMPT_RESET;
  /** Emitted when a user is given a course access role. */
  'org.openedx.learning.user.course_access_role.added.v1': typeof COURSE_ACCESS_ROLE_ADDED;
  /** Emitted when a course access role is removed from a user. */
  'org.openedx.learning.user.course_access_role.removed.v1': typeof COURSE_ACCESS_ROLE_REMOVED;
  /** Emitted when a new thread is created in a discussion. */
  'org.openedx.learning.forum.thread.created.v1': typeof FORUM_THREAD_CREATED;
  /** Emitted when a new response is added to a thread. */
  'org.openedx.learning.forum.thread.response.created.v1': typeof FORUM_THREAD_RESPONSE_CREATED;
  /** Emitted when a new comment is added to a response. */
  'org.openedx.learning.forum.thread.response.comment.created.v1': typeof FORUM_RESPONSE_COMMENT_CREATED;
  /** Emitted when a notification is requested for a course. */
  'org.openedx.learning.course.notification.requested.v1': typeof COURSE_NOTIFICATION_REQUESTED;
  /** Emitted when a user submits an ORA assignment. */
  'org.openedx.learning.ora.submission.created.v1': typeof ORA_SUBMISSION_CREATED;
  /** Emitted when course grade updates. */
  'org.openedx.learning.course.passing.status.updated.v1': typeof COURSE_PASSING_STATUS_UPDATED;
  /** Emitted when a CCX course grade updates. */
  'org.openedx.learning.ccx.course.passing.status.updated.v1': typeof CCX_COURSE_PASSING_STATUS_UPDATED;
  /** Emit when a badge is awarded to a learner. */
  'org.openedx.learning.badge.awarded.v1': typeof BADGE_AWARDED;
  /** Emit when a badge is revoked for a learner, */
  'org.openedx.learning.badge.revoked.v1': typeof BADGE_REVOKED;
  /** Emitted when an IDV attempt is created. */
  'org.openedx.learning.idv_attempt.created.v1': typeof IDV_ATTEMPT_CREATED;
  /** Emitted when an IDV attempt is marked as pending. */
  'org.openedx.learning.idv_attempt.pending.v1': typeof IDV_ATTEMPT_PENDING;
  /** Emitted when an IDV attempt is approved. */
  'org.openedx.learning.idv_attempt.approved.v1': typeof IDV_ATTEMPT_APPROVED;
  /** Emitted when an IDV attempt is denied. */
  'org.openedx.learning.idv_attempt.denied.v1': typeof IDV_ATTEMPT_DENIED;
  /** emitted when an external grader provides a score for a submission */
  'org.openedx.learning.external_grader.score.submitted.v1': typeof EXTERNAL_GRADER_SCORE_SUBMITTED;
  /** emitted when a student accesses learning content via LTI */
  'org.openedx.learning.lti_provider.launch.success.v1': typeof LTI_PROVIDER_LAUNCH_SUCCESS;
}
