/**
 * The topics, without prefix, to which the services of an Open edX platform send their events, and the key field
 * of each: the shape of EVENT_BUS_PRODUCER_CONFIG.
 *
 * Taken from the default settings of openedx-platform, credentials, edx-exams and enterprise-subsidy, and of
 * the Tutor plugin for Aspects. There a setting turns each entry on; here each is `enabled`, so that using the
 * preset means using its topics.
 */
export const PLATFORM_TOPICS: Readonly<
  Record<string, Readonly<Record<string, { event_key_field: string; enabled: boolean }>>>
> = {
  'org.openedx.learning.course.passing.status.updated.v1': {
    'learning-badges-lifecycle': {
      event_key_field: 'course_passing_status.course.course_key',
      enabled: true,
    },
  },
  'org.openedx.learning.ccx.course.passing.status.updated.v1': {
    'learning-badges-lifecycle': {
      event_key_field: 'course_passing_status.course.ccx_course_key',
      enabled: true,
    },
  },
  'org.openedx.learning.certificate.created.v1': {
    'learning-certificate-lifecycle': {
      event_key_field: 'certificate.course.course_key',
      enabled: true,
    },
  },
  'org.openedx.learning.certificate.revoked.v1': {
    'learning-certificate-lifecycle': {
      event_key_field: 'certificate.course.course_key',
      enabled: true,
    },
  },
  'org.openedx.learning.course.unenrollment.completed.v1': {
    'course-unenrollment-lifecycle': {
      event_key_field: 'enrollment.course.course_key',
      enabled: true,
    },
  },
  'org.openedx.learning.xblock.skill.verified.v1': {
    'learning-xblock-skill-verified': { event_key_field: 'xblock_info.usage_key', enabled: true },
  },
  'org.openedx.learning.user.course_access_role.added.v1': {
    'learning-course-access-role-lifecycle': {
      event_key_field: 'course_access_role_data.course_key',
      enabled: true,
    },
  },
  'org.openedx.learning.user.course_access_role.removed.v1': {
    'learning-course-access-role-lifecycle': {
      event_key_field: 'course_access_role_data.course_key',
      enabled: true,
    },
  },
  'org.openedx.enterprise.learner_credit_course_enrollment.revoked.v1': {
    'learner-credit-course-enrollment-lifecycle': {
      event_key_field: 'learner_credit_course_enrollment.uuid',
      enabled: true,
    },
  },
  'org.openedx.learning.external_grader.score.submitted.v1': {
    'learning-external-grader-score-lifecycle': {
      event_key_field: 'score.submission_id',
      enabled: true,
    },
  },
  'org.openedx.content_authoring.course.catalog_info.changed.v1': {
    'course-catalog-info-changed': { event_key_field: 'catalog_info.course_key', enabled: true },
  },
  'org.openedx.content_authoring.xblock.published.v1': {
    'course-authoring-xblock-lifecycle': {
      event_key_field: 'xblock_info.usage_key',
      enabled: true,
    },
  },
  'org.openedx.content_authoring.xblock.deleted.v1': {
    'course-authoring-xblock-lifecycle': {
      event_key_field: 'xblock_info.usage_key',
      enabled: true,
    },
  },
  'org.openedx.content_authoring.xblock.duplicated.v1': {
    'course-authoring-xblock-lifecycle': {
      event_key_field: 'xblock_info.usage_key',
      enabled: true,
    },
  },
  'org.openedx.learning.badge.awarded.v1': {
    'learning-badges-lifecycle': { event_key_field: 'badge.uuid', enabled: true },
  },
  'org.openedx.learning.badge.revoked.v1': {
    'learning-badges-lifecycle': { event_key_field: 'badge.uuid', enabled: true },
  },
  'org.openedx.learning.program.certificate.awarded.v1': {
    'learning-program-certificate-lifecycle': {
      event_key_field: 'program_certificate.program.uuid',
      enabled: true,
    },
  },
  'org.openedx.learning.program.certificate.revoked.v1': {
    'learning-program-certificate-lifecycle': {
      event_key_field: 'program_certificate.program.uuid',
      enabled: true,
    },
  },
  'org.openedx.learning.exam.attempt.submitted.v1': {
    'learning-exam-attempt-lifecycle': {
      event_key_field: 'exam_attempt.course_key',
      enabled: true,
    },
  },
  'org.openedx.learning.exam.attempt.rejected.v1': {
    'learning-exam-attempt-lifecycle': {
      event_key_field: 'exam_attempt.course_key',
      enabled: true,
    },
  },
  'org.openedx.learning.exam.attempt.verified.v1': {
    'learning-exam-attempt-lifecycle': {
      event_key_field: 'exam_attempt.course_key',
      enabled: true,
    },
  },
  'org.openedx.learning.exam.attempt.errored.v1': {
    'learning-exam-attempt-lifecycle': {
      event_key_field: 'exam_attempt.course_key',
      enabled: true,
    },
  },
  'org.openedx.learning.exam.attempt.reset.v1': {
    'learning-exam-attempt-lifecycle': {
      event_key_field: 'exam_attempt.course_key',
      enabled: true,
    },
  },
  'org.openedx.enterprise.subsidy_ledger_transaction.created.v1': {
    'enterprise-subsidies-transaction-lifecycle': {
      event_key_field: 'ledger_transaction.uuid',
      enabled: true,
    },
  },
  'org.openedx.enterprise.subsidy_ledger_transaction.committed.v1': {
    'enterprise-subsidies-transaction-lifecycle': {
      event_key_field: 'ledger_transaction.uuid',
      enabled: true,
    },
  },
  'org.openedx.enterprise.subsidy_ledger_transaction.failed.v1': {
    'enterprise-subsidies-transaction-lifecycle': {
      event_key_field: 'ledger_transaction.uuid',
      enabled: true,
    },
  },
  'org.openedx.enterprise.subsidy_ledger_transaction.reversed.v1': {
    'enterprise-subsidies-transaction-lifecycle': {
      event_key_field: 'ledger_transaction.uuid',
      enabled: true,
    },
  },
  'org.openedx.analytics.tracking.event.emitted.v1': {
    analytics: { event_key_field: 'tracking_log.name', enabled: true },
  },
};
