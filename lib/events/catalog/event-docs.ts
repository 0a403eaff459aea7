// Made by `npm run catalog` from openedx-events 11.2.0; do not edit.

/** What openedx-events says about an event, and which field its comments name as the key. */
export interface EventDocs {
  readonly doc?: string;
  readonly keyField?: string;
}

/** By event type. */
export const EVENT_DOCS: Readonly<Record<string, EventDocs>> = {
  'org.openedx.analytics.tracking.event.emitted.v1': {
    doc: 'Emitted when a tracking log event is emitted.',
    keyField: 'tracking_log.name',
  },
  'org.openedx.authz.role_assignment.created': {
    doc: 'Emitted when a role assignment is created in Open edX.',
    keyField: 'user.pii.username',
  },
  'org.openedx.authz.role_assignment.deleted': {
    doc: 'Emitted when a role assignment is deleted in Open edX.',
    keyField: 'user.pii.username',
  },
  'org.openedx.content_authoring.course.catalog_info.changed.v1': {
    doc: 'Fired when a course changes in Studio in a way that is relevant for catalog consumers.',
    keyField: 'catalog_info.course_key',
  },
  'org.openedx.content_authoring.xblock.created.v1': {
    doc: 'Fired when an XBlock is created.',
    keyField: 'xblock_info.usage_key',
  },
  'org.openedx.content_authoring.xblock.updated.v1': {
    doc: 'Fired when an XBlock is updated.',
    keyField: 'xblock_info.usage_key',
  },
  'org.openedx.content_authoring.xblock.published.v1': {
    doc: 'Fired when an XBlock is published. If a parent block with changes in one or more child blocks is published, only a single XBLOCK_PUBLISHED event is fired with parent block details. For example: If a section is published with changes in multiple units, only a single event is fired with section details like : `XBlockData(usage_key="section-usage-key", block_type="chapter")`',
    keyField: 'xblock_info.usage_key',
  },
  'org.openedx.content_authoring.xblock.deleted.v1': {
    doc: 'Fired when an XBlock is deleted.',
    keyField: 'xblock_info.usage_key',
  },
  'org.openedx.content_authoring.xblock.duplicated.v1': {
    doc: 'Fired when an XBlock is duplicated in Studio.',
    keyField: 'xblock_info.usage_key',
  },
  'org.openedx.content_authoring.course.certificate_config.changed.v1': {
    doc: 'Fired when a course certificate configuration changes in Studio.',
  },
  'org.openedx.content_authoring.course.certificate_config.deleted.v1': {
    doc: 'Fired when a course certificate configuration deletes in Studio.',
  },
  'org.openedx.content_authoring.course.created.v1': { doc: 'Emitted when a course is created.' },
  'org.openedx.content_authoring.content_library.created.v1': {
    doc: 'Emitted when a content library is created.',
  },
  'org.openedx.content_authoring.content_library.updated.v1': {
    doc: 'Emitted when a content library is updated, such as its name is changed. This is NOT sent when the only changes are to items within the library, even though that affects the "last updated" and potentially "last published" or "has unpublished changes" aspects of the library overall. To detect those, subscribe to the detailed LIBRARY_* events.',
  },
  'org.openedx.content_authoring.content_library.deleted.v1': {
    doc: 'Emitted when a content library is deleted.',
  },
  'org.openedx.content_authoring.library_block.created.v1': {
    doc: 'Emitted when a library XBlock is created.',
  },
  'org.openedx.content_authoring.library_block.updated.v1': {
    doc: 'Emitted when a library XBlock (draft) is updated.',
  },
  'org.openedx.content_authoring.library_block.deleted.v1': {
    doc: 'Emitted when a library XBlock (draft) is deleted.',
  },
  'org.openedx.content_authoring.library_block.published.v1': {
    doc: 'Emitted when a library XBlock is published. Also when a library block draft is deleted and then the deletion is published.',
  },
  'org.openedx.content_authoring.content.object.associations.changed.v1': {
    doc: "Emitted when an object's associations are changed, e.g tags, collections",
  },
  'org.openedx.content_authoring.content.object.tags.changed.v1': {
    doc: "Emitted when an object's tags are changed.",
  },
  'org.openedx.content_authoring.content_library.collection.created.v1': {
    doc: 'Emitted when a content library collection is created.',
  },
  'org.openedx.content_authoring.content_library.collection.updated.v1': {
    doc: 'Emitted when when a content library collection is updated.',
  },
  'org.openedx.content_authoring.content_library.collection.deleted.v1': {
    doc: 'Emitted when an when a content library collection is deleted.',
  },
  'org.openedx.content_authoring.content_library.container.created.v1': {
    doc: 'Emitted when a content library container is created.',
  },
  'org.openedx.content_authoring.content_library.container.updated.v1': {
    doc: 'Emitted when when a content library container is updated.',
  },
  'org.openedx.content_authoring.content_library.container.deleted.v1': {
    doc: 'Emitted when an when a content library container is deleted.',
  },
  'org.openedx.content_authoring.content_library.container.published.v1': {
    doc: 'Emitted when a library container is published. Also when a library container draft is deleted and then the deletion is published.',
  },
  'org.openedx.content_authoring.course.import.completed.v1': {
    doc: 'Fired after a course is imported',
    keyField: 'catalog_info.course_key',
  },
  'org.openedx.content_authoring.course.rerun.completed.v1': {
    doc: 'Fired after a course is re-run',
    keyField: 'catalog_info.course_key',
  },
  'org.openedx.enterprise.subsidy.redeemed.v1': {
    doc: 'emitted when an enterprise subsidy is utilized.',
  },
  'org.openedx.enterprise.subsidy.redemption-reversed.v1': {
    doc: 'emitted when an enterprise subsidy is reversed.',
  },
  'org.openedx.enterprise.subsidy_ledger_transaction.created.v1': {
    doc: 'emitted when an enterprise ledger transaction is created. See: https://github.com/openedx/openedx-ledger/tree/main/docs/decisions',
  },
  'org.openedx.enterprise.subsidy_ledger_transaction.committed.v1': {
    doc: 'emitted when an enterprise ledger transaction is committed. See: https://github.com/openedx/openedx-ledger/tree/main/docs/decisions',
  },
  'org.openedx.enterprise.subsidy_ledger_transaction.failed.v1': {
    doc: 'emitted when an enterprise ledger transaction fails. See: https://github.com/openedx/openedx-ledger/tree/main/docs/decisions',
  },
  'org.openedx.enterprise.subsidy_ledger_transaction.reversed.v1': {
    doc: 'emitted when an enterprise ledger transaction is reversed. See: https://github.com/openedx/openedx-ledger/tree/main/docs/decisions',
  },
  'org.openedx.enterprise.learner_credit_course_enrollment.revoked.v1': {
    doc: 'emitted when a LearnerCreditEnterpriseCourseEnrollment is revoked. This most often happens when an enterprise learner unenrolls from a course which was LC-subsidized.',
  },
  'org.openedx.enterprise.enterprise_group.deleted.v1': {
    doc: 'emitted when an EnterpriseGroup is deleted.',
  },
  'org.openedx.learning.student.registration.completed.v1': {
    doc: 'Emitted when a user completes registration in Open edX.',
    keyField: 'user.pii.username',
  },
  'org.openedx.learning.auth.session.login.completed.v1': {
    doc: 'Emitted when a user logs in to Open edX.',
    keyField: 'user.pii.username',
  },
  'org.openedx.learning.course.enrollment.created.v1': {
    doc: 'Emitted when the user enrolls in a course.',
    keyField: 'enrollment.course.course_key',
  },
  'org.openedx.learning.course.enrollment.changed.v1': {
    doc: 'Emitted when the enrollment for a user in a course changes.',
    keyField: 'enrollment.course.course_key',
  },
  'org.openedx.learning.course.unenrollment.completed.v1': {
    doc: 'Emitted when the user unenrolls from a course.',
    keyField: 'enrollment.course.course_key',
  },
  'org.openedx.learning.certificate.created.v1': {
    doc: 'Emitted when a certificate is created for a user.',
    keyField: 'certificate.course.course_key',
  },
  'org.openedx.learning.program.certificate.awarded.v1': {
    doc: 'Emitted when a program certificate is awarded to a learner.',
    keyField: 'program_certificate.program.uuid',
  },
  'org.openedx.learning.certificate.changed.v1': {
    doc: "Emitted when the user's certificate changes.",
  },
  'org.openedx.learning.certificate.revoked.v1': {
    doc: 'Emitted when a certificate is revoked from a user.',
    keyField: 'certificate.course.course_key',
  },
  'org.openedx.learning.program.certificate.revoked.v1': {
    doc: 'Emit when a program certificate is revoked from a learner.',
    keyField: 'program_certificate.program.uuid',
  },
  'org.openedx.learning.cohort_membership.changed.v1': {
    doc: "Emitted when a user's cohort membership changes.",
  },
  'org.openedx.learning.discussions.configuration.changed.v1': {
    doc: "Emitted when the configuration for a course's discussions changes in the course.",
  },
  'org.openedx.learning.course.persistent_grade_summary.changed.v1': {
    doc: "Emitted when a course's persistent grade summary changes for a user.",
  },
  'org.openedx.learning.xblock.skill.verified.v1': {
    doc: 'Emitted when an XBlock skill is verified.',
    keyField: 'xblock_info.usage_key',
  },
  'org.openedx.learning.user.notification.requested.v1': {
    doc: 'Can be emitted from apps to send user notifications.',
  },
  'org.openedx.learning.exam.attempt.submitted.v1': {
    doc: 'Emitted when an exam attempt is submitted by a learner in edx-exams.',
  },
  'org.openedx.learning.exam.attempt.rejected.v1': {
    doc: 'Emitted when an exam attempt is marked rejected in edx-exams.',
  },
  'org.openedx.learning.exam.attempt.verified.v1': {
    doc: 'Emitted when an exam attempt is marked verified in edx-exams.',
  },
  'org.openedx.learning.exam.attempt.errored.v1': {
    doc: "Emitted when a learner's exam attempt errors out in edx-exams.",
  },
  'org.openedx.learning.exam.attempt.reset.v1': {
    doc: 'Emitted when an exam attempt is reset in edx-exams.',
  },
  'org.openedx.learning.user.course_access_role.added.v1': {
    doc: 'Emitted when a user is given a course access role.',
    keyField: 'course_access_role_data.course_key',
  },
  'org.openedx.learning.user.course_access_role.removed.v1': {
    doc: 'Emitted when a course access role is removed from a user.',
    keyField: 'course_access_role_data.course_key',
  },
  'org.openedx.learning.forum.thread.created.v1': {
    doc: 'Emitted when a new thread is created in a discussion.',
  },
  'org.openedx.learning.forum.thread.response.created.v1': {
    doc: 'Emitted when a new response is added to a thread.',
  },
  'org.openedx.learning.forum.thread.response.comment.created.v1': {
    doc: 'Emitted when a new comment is added to a response.',
  },
  'org.openedx.learning.course.notification.requested.v1': {
    doc: 'Emitted when a notification is requested for a course.',
  },
  'org.openedx.learning.ora.submission.created.v1': {
    doc: 'Emitted when a user submits an ORA assignment.',
  },
  'org.openedx.learning.course.passing.status.updated.v1': {
    doc: 'Emitted when course grade updates.',
  },
  'org.openedx.learning.ccx.course.passing.status.updated.v1': {
    doc: 'Emitted when a CCX course grade updates.',
  },
  'org.openedx.learning.badge.awarded.v1': { doc: 'Emit when a badge is awarded to a learner.' },
  'org.openedx.learning.badge.revoked.v1': { doc: 'Emit when a badge is revoked for a learner,' },
  'org.openedx.learning.idv_attempt.created.v1': { doc: 'Emitted when an IDV attempt is created.' },
  'org.openedx.learning.idv_attempt.pending.v1': {
    doc: 'Emitted when an IDV attempt is marked as pending.',
  },
  'org.openedx.learning.idv_attempt.approved.v1': {
    doc: 'Emitted when an IDV attempt is approved.',
  },
  'org.openedx.learning.idv_attempt.denied.v1': { doc: 'Emitted when an IDV attempt is denied.' },
  'org.openedx.learning.external_grader.score.submitted.v1': {
    doc: 'emitted when an external grader provides a score for a submission',
  },
  'org.openedx.learning.lti_provider.launch.success.v1': {
    doc: 'emitted when a student accesses learning content via LTI',
  },
};

/** By record name (with its subdomain before it where the name stands for two records) and field. */
export const FIELD_DOCS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  TrackingLogData: {
    name: 'event name',
    timestamp: 'timestamp of the event',
    data: 'json string representation of a dictionary with extra data (optional), e.g., >>> {"course_id": "course-v1:edX+DemoX+Demo_Course"}',
    context:
      'json string representation of a dictionary of context data defined in https://docs.openedx.org/en/latest/developers/references/internal_data_formats/index.html',
  },
  RoleAssignmentData: {
    operation: "The operation being performed (e.g., 'created', 'deleted').",
    subject: "The subject to which the role is assigned (e.g., 'user^john_doe').",
    role: "The role that is assigned (e.g., 'course_admin').",
    scope: "The scope in which the role is assigned (e.g., 'course-v1:edX+DemoX+Demo_Course').",
    actor_id: 'The database ID of the actor performing the operation, if available.',
  },
  CourseScheduleData: {
    start: 'course start date.',
    pacing: "'instructor' or 'self'.",
    end: 'course end date (optional).',
    enrollment_start: 'start of course enrollment (optional).',
    enrollment_end: 'end of course enrollment (optional).',
  },
  CourseCatalogData: {
    course_key: 'identifier of the Course object.',
    name: 'course name.',
    schedule_data: 'scheduling information for the course.',
    hidden: 'whether the course is hidden from search (optional).',
    invitation_only: 'whether the course requires an invitation to enroll.',
  },
  XBlockData: {
    usage_key: 'identifier of the XBlock object.',
    block_type: 'type of block.',
    version:
      'identifier of the XBlock object with branch and version data (optional). This could be used to get the exact version of the XBlock object.',
  },
  DuplicatedXBlockData: {
    usage_key: 'identifier of the XBlock object.',
    block_type: 'type of block.',
    version:
      'identifier of the XBlock object with branch and version data (optional). This could be used to get the exact version of the XBlock object.',
    source_usage_key: 'identifier of the source XBlock object.',
  },
  CertificateSignatoryData: {
    image: 'certificate signature image. Take care that the image field is BinaryIO.',
    name: 'name of signatory.',
    organization: 'organization that signatory belongs to.',
    title: 'signatory title.',
  },
  CertificateConfigData: {
    certificate_type:
      'certificate type. Possible types are certificate relevant course modes: - credit, - verified, - professional, - no-id-professional, - executive-education, - paid-executive-education, - paid-bootcamp, - masters.',
    course_key: 'identifier of the Course object.',
    title: 'certificate title.',
    signatories:
      'contains a collection of signatures that belong to the certificate configuration.',
    is_active: 'indicates whether the certifivate configuration is active.',
  },
  'content_authoring.CourseData': { course_key: 'identifier of the Course object.' },
  ContentLibraryData: {
    library_key: 'a key that represents a v2 content library.',
    update_blocks:
      'DEPRECATED flag to indicate whether the content library blocks indexes should be updated. Now we send individual events for each updated item instead.',
  },
  LibraryBlockData: {
    library_key: 'a key that represents a v2 content library.',
    usage_key: 'a key that represents a XBlock in a Blockstore-based content library.',
  },
  ContentObjectChangedData: {
    object_id:
      'identifier of the Content object. This represents the id of the course or library block as a string. For example: >>> block-v1:SampleTaxonomyOrg2+STC1+2023_1+type@vertical+block@f8de78f0897049ce997777a3a31b6ea0',
  },
  ContentObjectData: {
    object_id:
      'identifier of the Content object. This represents the id of the course or library block as a string. For example: >>> block-v1:SampleTaxonomyOrg2+STC1+2023_1+type@vertical+block@f8de78f0897049ce997777a3a31b6ea0',
  },
  LibraryCollectionData: {
    collection_key: "identifies the collection within the library's learning package",
    background:
      "**DEPRECATED** field. Indicated the sender doesn't want to wait for handler to finish execution. Now instead we recommend that simple handlers are synchronous and the _sender_ of the event should send the event(s) from an async celery task if it is expected to result in a lot of handlers being called.",
  },
  LibraryContainerData: {
    container_key: 'identifies the container (e.g. unit, section)',
    background:
      "**DEPRECATED** field. Indicated the sender doesn't want to wait for handler to finish execution. Now instead we recommend that simple handlers are synchronous and the _sender_ of the event should send the event(s) from an async celery task if it is expected to result in a lot of handlers being called.",
  },
  SubsidyRedemption: {
    subsidy_identifier: 'unique identifier to fetch the applied subsidy',
    content_key: 'content id where subsidy is utilized',
    lms_user_id: 'lms user id of subsidy beneficiary',
  },
  LedgerTransactionReversal: {
    uuid: 'Primary identifier of the record.',
    created: 'When the record was created.',
    modified: 'When the record was last modified.',
    idempotency_key: 'Client-generated unique value to achieve idempotency of operations.',
    quantity: 'How many units of value this reversal represents (e.g. USD cents).',
    state: 'Current lifecyle state of the record, one of (created, pending, committed, failed).',
  },
  LedgerTransaction: {
    uuid: 'Primary identifier of the Transaction.',
    created: 'When the record was created.',
    modified: 'When the record was last modified.',
    idempotency_key: 'Client-generated unique value to achieve idempotency of operations.',
    quantity: 'How many units of value this transaction represents (e.g. USD cents).',
    state: 'Current lifecyle state of the record, one of (created, pending, committed, failed).',
    ledger_uuid: "The primary identifier of this Transaction's ledger object.",
    subsidy_access_policy_uuid:
      'The primary identifier of the subsidy access policy for this transaction.',
    lms_user_id: 'The LMS user id of the user associated with this transaction.',
    content_key: 'The course (run) key associated with this transaction.',
    parent_content_key: 'The parent (just course, not run) key for the course key.',
    fulfillment_identifier:
      'The identifier of the subsidized enrollment record for a learner, generated durning enrollment.',
    reversal: 'Any reversal associated with this transaction.',
  },
  EnterpriseCustomerUser: {
    id: 'Primary identifier of the record.',
    created: 'When the record was created.',
    modified: 'When the record was last modified.',
    enterprise_customer_uuid: 'The enterprise customer to which the user is linked.',
    user_id: 'The LMS user ID corresponding to this enterprise user.',
    active: 'The active enterprise user for the given LMS user.',
    linked: 'This enterprise user has been linked to an enterprise customer.',
    is_relinkable: 'When set to False, the user cannot be relinked to the enterprise.',
    should_inactivate_other_customers:
      'When enabled along with `active`, all other linked enterprise customers for this user will be marked as inactive upon save.',
    invite_key: 'Invite key used to link a learner to an enterprise.',
  },
  EnterpriseCourseEnrollment: {
    id: 'Primary identifier of the record.',
    created: 'When the record was created.',
    modified: 'When the record was last modified.',
    enterprise_customer_user: 'The enterprise learner to which this enrollment is attached.',
    course_id: 'The ID of the course in which the learner was enrolled.',
    saved_for_later:
      'Specifies whether a user marked this course as saved for later in the learner portal.',
    source_slug:
      'DB slug for the source of the enrollment, e.g. "enrollment_task", "management_command", etc.',
    unenrolled: 'Specifies whether the related LMS course enrollment object was unenrolled.',
    unenrolled_at: 'Specifies when the related LMS course enrollment object was unenrolled.',
  },
  LearnerCreditEnterpriseCourseEnrollment: {
    uuid: 'Primary identifier of the record.',
    created: 'When the record was created.',
    modified: 'When the record was last modified.',
    fulfillment_type:
      'Subsidy fulfillment type, typical values: "license", "learner_credit", "coupon_code".',
    is_revoked:
      "Whether the enterprise subsidy is revoked, e.g., when a user's license is revoked.",
    enterprise_course_entitlement_uuid: 'The course entitlement the associated subsidy is for.',
    enterprise_course_enrollment: 'The course enrollment the associated subsidy is for.',
    transaction_id: 'Ledgered transaction UUID to associate with this learner credit fulfillment.',
  },
  EnterpriseGroup: { uuid: 'Primary identifier of the record.' },
  UserPersonalData: {
    username: 'username associated with the user.',
    email: 'email associated with the user.',
    name: "name associated with the user's profile.",
  },
  UserData: {
    id: 'unique identifier for the Django User object.',
    is_active: 'indicates whether the user is active.',
    pii: "user's Personal Identifiable Information.",
  },
  'learning.CourseData': {
    course_key: 'identifier of the course.',
    display_name: 'display name associated with the course.',
    start: 'start date for the course. Defaults to None.',
    end: 'end date for the course. Defaults to None.',
  },
  CourseEnrollmentData: {
    user: 'user associated with the Course Enrollment.',
    course: 'course where the user is enrolled in.',
    mode: 'course mode associated with the course enrollment.',
    is_active: 'whether the enrollment is active.',
    creation_date: 'creation date of the enrollment.',
    created_by: 'if available, who created the enrollment.',
  },
  CertificateData: {
    user: 'user associated with the Certificate.',
    course: 'course where the user obtained the certificate.',
    mode: 'course mode associated with the course enrollment.',
    grade: "user's grade in this course run.",
    download_url: 'URL where the PDF version of the certificate.',
    name: "user's name.",
    current_status: 'current certificate status.',
    previous_status: 'if available, pre-event certificate status.',
  },
  ProgramData: {
    uuid: 'The UUID of the program (from Course-Discovery).',
    title: 'The title of the program.',
    program_type:
      'The type slug of the program (e.g. professional, microbachelors, micromasters, etc.).',
  },
  ProgramCertificateData: {
    user: 'User associated with the Program Certificate.',
    program: 'Program data associated with the Program Certificate.',
    uuid: 'UUID of the UserCredential record in Credentials.',
    status: 'The status of the credential (e.g. `awarded` or `revoked`).',
    url: "A URL to the learner's credential.",
    certificate_available_date:
      'Optional. A DateTime describing when a learner is allowed to view the credential.',
  },
  CohortData: {
    user: 'user assigned to the group.',
    course: 'course associated with the course group.',
    name: 'name of the cohort group.',
  },
  DiscussionTopicContext: {
    title:
      "title of the discussion. This field is cached to improve the performance, since otherwise we'd need to look it up in the course structure each time.",
    usage_key: 'unit location.',
    group_id:
      "can be used for providers that don't internally support cohorting but we can emulate that with different contexts for different groups.",
    external_id: 'store the commentable id that is used by cs_comments_service.',
    ordering: 'represent the position of the discussion topic.',
    context:
      'additional structured information about the context in which this topic is used, such as the section, subsection etc.',
  },
  CourseDiscussionConfigurationData: {
    course_key: 'identifier of the course to which the discussion belongs.',
    provider_type: 'provider type from discussion settings.',
    enabled: 'indicates whether discussions are enabled for the course.',
    enable_in_context:
      'indicates whether in-context discussion is enabled. this has no effect unless `enabled==True` as well.',
    enable_graded_units: 'If enabled, discussion topics will be created for graded units as well.',
    unit_level_visibility: 'visibility for unit level.',
    plugin_configuration: 'The plugin configuration data for this context/provider.',
    contexts: 'contains all the contexts for which discussion is to be enabled.',
  },
  PersistentCourseGradeData: {
    user_id: 'identifier of the grade to which the grade belongs.',
    course: 'Identifier of the course to which the grade belongs.',
    course_edited_timestamp: 'date the course was edited.',
    course_version: 'version of the course.',
    grading_policy_hash: 'grading policy hash of the course.',
    percent_grade: 'percentage of the grade.',
    letter_grade: 'grade in letter',
    passed_timestamp: 'date the course was passed.',
  },
  XBlockSkillVerificationData: {
    usage_key: 'identifier of the XBlock object.',
    verified_skills: 'list of verified skill ids.',
    ignored_skills: 'list of ignored skill ids.',
  },
  UserNotificationData: {
    user_ids: 'identifier of the users to which the notification belongs.',
    notification_type: 'type of the notification.',
    content_url: 'url of the content.',
    app_name: 'name of the app.',
    course_key: 'identifier of the Course object.',
    context: 'additional structured information about the context of the notification.',
  },
  ExamAttemptData: {
    student_user: 'user object for the student to whom the exam attempt belongs',
    course_key: 'identifier of the course to which the exam attempt belongs',
    usage_key: 'identifier of the content that will get a exam attempt',
    exam_type: 'type of exam that was taken (e.g. timed, proctored, etc.)',
    requesting_user: 'user triggering the event (sometimes a non-learner, e.g. an instructor)',
  },
  CourseAccessRoleData: {
    user: 'user associated with the CourseAccessRole.',
    course_key: 'identifier of the related course object.',
    role: 'the role of the user in the course.',
  },
  DiscussionThreadData: {
    body: 'body of the discussion thread.',
    commentable_id: 'identifier of the commentable.',
    id: 'identifier of the discussion thread.',
    truncated: 'indicates whether the thread is truncated.',
    url: 'url of the thread.',
    user: 'information of the user that authored the thread/comment/response.',
    course_id: 'identifier of the course.',
    thread_type: 'type of the thread.',
    anonymous: 'indicates whether the user is anonymous.',
    anonymous_to_peers: 'indicates whether the user is anonymous to peers.',
    title: 'title of the thread.',
    title_truncated: 'indicates whether the title is truncated.',
    group_id: 'identifier of the group.',
    team_id: 'identifier of the team.',
    category_id: 'identifier of the category.',
    category_name: 'name of the category.',
    discussion: 'discussion data. (optional, specific to comments and responses)',
    user_course_roles: 'user course roles.',
    user_forums_roles: 'user forums roles.',
    options: 'options for the thread.',
  },
  CourseNotificationData: {
    course_key: 'identifier of the Course object.',
    app_name: 'name of the app requesting the course notification.',
    notification_type: 'type of the notification.',
    content_url: 'url of the content the notification will redirect to.',
    content_context:
      'additional information related to the content of the notification. Notification content templates are defined in edx-platform here: https://github.com/openedx/edx-platform/blob/master/openedx/core/djangoapps/notifications/base_notification.py#L10',
    audience_filters:
      'additional information related to the audience of the notification. We can have different filters on course level, such as roles, enrollments, cohorts etc.',
  },
  ORASubmissionAnswer: {
    parts: 'List with the response text in the ORA submission.',
    file_keys: 'List of file keys in the ORA submission.',
    file_descriptions: 'List of file descriptions in the ORA submission.',
    file_names: 'List of file names in the ORA submission.',
    file_sizes: 'List of file sizes in the ORA submission.',
    file_urls: 'List of file URLs in the ORA submission.',
  },
  ORASubmissionData: {
    uuid: 'The UUID of the ORA submission.',
    anonymous_user_id: 'Optional. Anonymous user ID of the user who submitted the ORA submission.',
    location: 'Optional. Location of the ORA submission.',
    attempt_number: 'Attempt number of the ORA submission.',
    created_at: 'Date and time when the ORA submission was created.',
    submitted_at: 'Date and time when the ORA submission was submitted.',
    answer: 'Answer submitted by the user in the ORA submission.',
  },
  CoursePassingStatusData: {
    is_passing: "Indicates whether the user's grade is enough to pass the course.",
    course:
      'An instance of CourseData containing details about the course in which the grade was updated.',
    user: 'An instance of UserData containing information about the user whose grade was updated.',
  },
  CcxCourseData: {
    ccx_course_key: 'The unique identifier for the CCX course.',
    master_course_key:
      'The unique identifier for the original course from which the CCX is derived.',
    display_name: 'The name of the CCX course as it should appear to users.',
    coach_email: 'The email address of the coach (instructor) for the CCX course.',
    start: 'The start date of the CCX course. Defaults to None, indicating no specific start date.',
    end: 'The end date of the CCX course. Defaults to None, indicating no specific end date.',
    max_students_allowed:
      'The maximum number of students that can enroll in the CCX course. Defaults to None, indicating no limit.',
  },
  CcxCoursePassingStatusData: {
    is_passing: "Indicates whether the user's grade is enough to pass the course.",
    user: 'An instance of UserData containing information about the user whose grade was updated.',
    course:
      'An instance of CcxCourseData containing details about the CCX course in which the grade threshold was crossed.',
  },
  BadgeTemplateData: {
    uuid: 'UUID of the badge template.',
    origin: 'type of badge template.',
    name: 'badge name.',
    description: 'badge description.',
    image_url: 'badge image url.',
  },
  BadgeData: {
    uuid: 'the UUID of the badge.',
    user: 'user associated with the badge.',
    template: 'badge template data.',
  },
  VerificationAttemptData: {
    attempt_id: 'the id of the verification attempt',
    user: 'the user (usually a learner) performing the verification attempt.',
    status: 'the status of the verification attempt.',
    name: 'the name being ID verified. Defaults to None.',
  },
  ExternalGraderScoreData: {
    points_possible: 'Maximum possible score for this assignment',
    points_earned: 'Score earned by the student',
    course_id: 'Unique identifier for the course',
    score_msg: 'Descriptive message about the score (feedback)',
    submission_id: 'Unique identifier for the graded submission',
    user_id: 'ID of the user who submitted the assignment',
    module_id: 'ID of the module/problem being graded',
    queue_key: 'Unique key for the submission in the queue',
    queue_name: 'Name of the queue that processed the submission',
  },
  LtiProviderLaunchParamsData: {
    roles: 'A comma-separated list of roles (as per LTI Spec) of the User.',
    context_id: 'An ID for the launch context of LTI content.',
    user_id: 'External (LTI) User ID of user performing the launch.',
    extra_params: 'A dictionary of other optional launch parameters.',
  },
  LtiProviderLaunchData: {
    user: 'The user data for the Open edX user initiating the launch.',
    course_key: 'The unique course ID for the course to which the launched content belongs.',
    usage_key: 'The usage key for the content being luanched via LtiProviderLaunchParamsData.',
    launch_params: 'The LTI parameters used for the launch.',
  },
};
