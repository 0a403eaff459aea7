// Made by `npm run catalog` from openedx-events 11.2.0; do not edit.

/** A schema version: the first release that writes it, and its text unless it is that of our own release. */
export type SchemaHistoryEntry = readonly [from: string, notation?: string];

const L1 = 'library_collection:LibraryCollectionData(library_key:text,collection_key:string)';
const L2 =
  'library_collection:LibraryCollectionData(library_key:text,collection_key:string,background:boolean)';
const L3 =
  'library_container:LibraryContainerData(library_key:text,container_key:string,background:boolean)';
const L4 =
  'catalog_info:CourseCatalogData(course_key:text,name:string,number:string,org:string,schedule_data:CourseScheduleData(start:text,pacing:string,end:?text,enrollment_start:?text,enrollment_end:?text),short_description:?string,effort:?string,hidden:boolean,invitation_only:boolean)';
const L5 =
  'catalog_info:CourseCatalogData(course_key:text,name:string,schedule_data:CourseScheduleData(start:text,pacing:string,end:?text,enrollment_start:?text,enrollment_end:?text),short_description:?string,effort:?string,hidden:boolean,invitation_only:boolean)';
const L6 =
  'catalog_info:CourseCatalogData(course_key:text,name:string,schedule_data:CourseScheduleData(start:text,pacing:string,end:?text,enrollment_start:?text,enrollment_end:?text),effort:?string,hidden:boolean,invitation_only:boolean)';
const L7 = 'xblock_info:XBlockData(usage_key:text,block_type:string)';
const L8 =
  'xblock_info:DuplicatedXBlockData(usage_key:text,block_type:string,source_usage_key:text)';
const L9 =
  'learner_credit_course_enrollment:LearnerCreditEnterpriseCourseEnrollment(uuid:text,created:text,modified:text,fulfillment_type:string,enterprise_course_entitlement_uuid:text,enterprise_course_enrollment:EnterpriseCourseEnrollment(id:long,created:text,modified:text,enterprise_customer_user:EnterpriseCustomerUser(id:long,created:text,modified:text,enterprise_customer_uuid:text,user_id:long,active:boolean,linked:boolean,is_relinkable:boolean,invite_key:text,should_inactivate_other_customers:boolean),course_id:text,saved_for_later:boolean,source_slug:string,unenrolled:boolean,unenrolled_at:text),is_revoked:boolean,transaction_id:text)';
const L10 =
  'configuration:CourseDiscussionConfigurationData(course_key:text,provider_type:string,enable_in_context:boolean,enable_graded_units:boolean,unit_level_visibility:boolean,plugin_configuration:{boolean},contexts:[DiscussionTopicContext(title:string,usage_key:?text,group_id:?long,external_id:?string,ordering:?long,context:{string})])';

/** The schema versions of every event that can travel, oldest first, since 0.10.0. */
export const SCHEMA_HISTORY: Readonly<Record<string, readonly SchemaHistoryEntry[]>> = {
  'org.openedx.analytics.tracking.event.emitted.v1': [['9.1.0']],
  'org.openedx.authz.role_assignment.created': [['11.2.0']],
  'org.openedx.authz.role_assignment.deleted': [['11.2.0']],
  'org.openedx.content_authoring.content.object.associations.changed.v1': [['9.14.0']],
  'org.openedx.content_authoring.content.object.tags.changed.v1': [['9.6.0']],
  'org.openedx.content_authoring.content_library.collection.created.v1': [
    ['9.14.0', L1],
    ['9.15.0', L2],
    ['10.0.0'],
  ],
  'org.openedx.content_authoring.content_library.collection.deleted.v1': [
    ['9.14.0', L1],
    ['9.15.0', L2],
    ['10.0.0'],
  ],
  'org.openedx.content_authoring.content_library.collection.updated.v1': [
    ['9.14.0', L1],
    ['9.15.0', L2],
    ['10.0.0'],
  ],
  'org.openedx.content_authoring.content_library.container.created.v1': [
    ['9.20.0', L3],
    ['10.0.0'],
  ],
  'org.openedx.content_authoring.content_library.container.deleted.v1': [
    ['9.20.0', L3],
    ['10.0.0'],
  ],
  'org.openedx.content_authoring.content_library.container.published.v1': [['10.2.0']],
  'org.openedx.content_authoring.content_library.container.updated.v1': [
    ['9.20.0', L3],
    ['10.0.0'],
  ],
  'org.openedx.content_authoring.content_library.created.v1': [['8.3.0']],
  'org.openedx.content_authoring.content_library.deleted.v1': [['8.3.0']],
  'org.openedx.content_authoring.content_library.updated.v1': [['8.3.0']],
  'org.openedx.content_authoring.course.catalog_info.changed.v1': [
    ['0.11.0', L4],
    ['0.12.0', L5],
    ['0.14.0', L6],
    ['3.0.0'],
  ],
  'org.openedx.content_authoring.course.created.v1': [['8.3.0']],
  'org.openedx.content_authoring.course.import.completed.v1': [['9.18.0']],
  'org.openedx.content_authoring.course.rerun.completed.v1': [['10.5.0']],
  'org.openedx.content_authoring.library_block.created.v1': [['8.3.0']],
  'org.openedx.content_authoring.library_block.deleted.v1': [['8.3.0']],
  'org.openedx.content_authoring.library_block.published.v1': [['10.2.0']],
  'org.openedx.content_authoring.library_block.updated.v1': [['8.3.0']],
  'org.openedx.content_authoring.xblock.created.v1': [['8.3.0']],
  'org.openedx.content_authoring.xblock.deleted.v1': [['4.1.0', L7], ['8.3.0']],
  'org.openedx.content_authoring.xblock.duplicated.v1': [['4.1.0', L8], ['8.3.0']],
  'org.openedx.content_authoring.xblock.published.v1': [['4.1.0', L7], ['8.3.0']],
  'org.openedx.content_authoring.xblock.updated.v1': [['8.3.0']],
  'org.openedx.enterprise.enterprise_group.deleted.v1': [['10.4.0']],
  'org.openedx.enterprise.learner_credit_course_enrollment.revoked.v1': [
    ['9.12.0', L9],
    ['9.14.1'],
  ],
  'org.openedx.enterprise.subsidy.redeemed.v1': [['9.7.0']],
  'org.openedx.enterprise.subsidy.redemption-reversed.v1': [['9.7.0']],
  'org.openedx.enterprise.subsidy_ledger_transaction.committed.v1': [['9.11.0']],
  'org.openedx.enterprise.subsidy_ledger_transaction.created.v1': [['9.11.0']],
  'org.openedx.enterprise.subsidy_ledger_transaction.failed.v1': [['9.11.0']],
  'org.openedx.enterprise.subsidy_ledger_transaction.reversed.v1': [['9.11.0']],
  'org.openedx.learning.auth.session.login.completed.v1': [['0.10.0']],
  'org.openedx.learning.badge.awarded.v1': [['9.10.0']],
  'org.openedx.learning.badge.revoked.v1': [['9.10.0']],
  'org.openedx.learning.ccx.course.passing.status.updated.v1': [['9.10.0']],
  'org.openedx.learning.certificate.changed.v1': [['0.10.0']],
  'org.openedx.learning.certificate.created.v1': [['0.10.0']],
  'org.openedx.learning.certificate.revoked.v1': [['0.10.0']],
  'org.openedx.learning.cohort_membership.changed.v1': [['0.10.0']],
  'org.openedx.learning.course.enrollment.changed.v1': [['0.10.0']],
  'org.openedx.learning.course.enrollment.created.v1': [['0.10.0']],
  'org.openedx.learning.course.notification.requested.v1': [['11.0.0']],
  'org.openedx.learning.course.passing.status.updated.v1': [['9.10.0']],
  'org.openedx.learning.course.persistent_grade_summary.changed.v1': [['0.13.0']],
  'org.openedx.learning.course.unenrollment.completed.v1': [['0.10.0']],
  'org.openedx.learning.discussions.configuration.changed.v1': [['11.0.0', L10], ['11.1.0']],
  'org.openedx.learning.exam.attempt.errored.v1': [['8.7.0']],
  'org.openedx.learning.exam.attempt.rejected.v1': [['8.7.0']],
  'org.openedx.learning.exam.attempt.reset.v1': [['8.7.0']],
  'org.openedx.learning.exam.attempt.submitted.v1': [['8.7.0']],
  'org.openedx.learning.exam.attempt.verified.v1': [['8.7.0']],
  'org.openedx.learning.external_grader.score.submitted.v1': [['10.1.0']],
  'org.openedx.learning.forum.thread.created.v1': [['11.0.0']],
  'org.openedx.learning.forum.thread.response.comment.created.v1': [['11.0.0']],
  'org.openedx.learning.forum.thread.response.created.v1': [['11.0.0']],
  'org.openedx.learning.idv_attempt.approved.v1': [['9.13.0']],
  'org.openedx.learning.idv_attempt.created.v1': [['9.13.0']],
  'org.openedx.learning.idv_attempt.denied.v1': [['9.13.0']],
  'org.openedx.learning.idv_attempt.pending.v1': [['9.13.0']],
  'org.openedx.learning.lti_provider.launch.success.v1': [['10.3.0']],
  'org.openedx.learning.ora.submission.created.v1': [['11.0.0']],
  'org.openedx.learning.program.certificate.awarded.v1': [['8.4.0']],
  'org.openedx.learning.program.certificate.revoked.v1': [['8.4.0']],
  'org.openedx.learning.student.registration.completed.v1': [['0.10.0']],
  'org.openedx.learning.user.course_access_role.added.v1': [['9.4.0']],
  'org.openedx.learning.user.course_access_role.removed.v1': [['9.4.0']],
  'org.openedx.learning.user.notification.requested.v1': [['11.0.0']],
  'org.openedx.learning.xblock.skill.verified.v1': [['8.0.1']],
};
