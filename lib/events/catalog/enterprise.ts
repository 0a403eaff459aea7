// Made by `npm run catalog` from openedx-events 11.2.0; do not edit.
import { defineEvent, type EventDefinition } from '../event-definition.js';
import type { RecordType } from '../field-type.js';
import { boolean, courseKey, datetime, long, nullable, record, string, uuid } from '../fields.js';
import type { CourseKey } from '../keys/index.js';

/** Data related to a Subsidy Redemption object. */
export interface SubsidyRedemption {
  /** unique identifier to fetch the applied subsidy */
  subsidy_identifier: string;
  /** content id where subsidy is utilized */
  content_key: string;
  /** lms user id of subsidy beneficiary */
  lms_user_id: number;
}

/** SubsidyRedemption as it is sent. */
export interface SubsidyRedemptionInput {
  /** unique identifier to fetch the applied subsidy */
  subsidy_identifier: string;
  /** content id where subsidy is utilized */
  content_key: string;
  /** lms user id of subsidy beneficiary */
  lms_user_id: number | bigint;
}

/** The fields of SubsidyRedemption, for records and events of your own. */
export const subsidyRedemption: RecordType<SubsidyRedemption, SubsidyRedemptionInput> = record(
  'SubsidyRedemption',
  {
    subsidy_identifier: string(),
    content_key: string(),
    lms_user_id: long(),
  },
);

/** Attributes of an ``openedx_ledger.Reversal`` record. */
export interface LedgerTransactionReversal {
  /** Primary identifier of the record. */
  uuid: string;
  /** When the record was created. */
  created: string;
  /** When the record was last modified. */
  modified: string;
  /** Client-generated unique value to achieve idempotency of operations. */
  idempotency_key: string;
  /** How many units of value this reversal represents (e.g. USD cents). */
  quantity: number;
  /** Current lifecyle state of the record, one of (created, pending, committed, failed). */
  state: string;
}

/** LedgerTransactionReversal as it is sent. */
export interface LedgerTransactionReversalInput {
  /** Primary identifier of the record. */
  uuid: string;
  /** When the record was created. */
  created: string | Date;
  /** When the record was last modified. */
  modified: string | Date;
  /** Client-generated unique value to achieve idempotency of operations. */
  idempotency_key: string;
  /** How many units of value this reversal represents (e.g. USD cents). */
  quantity: number | bigint;
  /** Current lifecyle state of the record, one of (created, pending, committed, failed). */
  state: string;
}

/** The fields of LedgerTransactionReversal, for records and events of your own. */
export const ledgerTransactionReversal: RecordType<
  LedgerTransactionReversal,
  LedgerTransactionReversalInput
> = record('LedgerTransactionReversal', {
  uuid: uuid(),
  created: datetime(),
  modified: datetime(),
  idempotency_key: string(),
  quantity: long(),
  state: string(),
});

/** Attributes of an ``openedx_ledger.Transaction`` record. */
export interface LedgerTransaction {
  /** Primary identifier of the Transaction. */
  uuid: string;
  /** When the record was created. */
  created: string;
  /** When the record was last modified. */
  modified: string;
  /** Client-generated unique value to achieve idempotency of operations. */
  idempotency_key: string;
  /** How many units of value this transaction represents (e.g. USD cents). */
  quantity: number;
  /** Current lifecyle state of the record, one of (created, pending, committed, failed). */
  state: string;
  /** The primary identifier of this Transaction's ledger object. */
  ledger_uuid: string;
  /** The primary identifier of the subsidy access policy for this transaction. */
  subsidy_access_policy_uuid: string;
  /** The LMS user id of the user associated with this transaction. */
  lms_user_id: number;
  /** The course (run) key associated with this transaction. */
  content_key: CourseKey;
  /** The parent (just course, not run) key for the course key. */
  parent_content_key: string | null;
  /**
   * The identifier of the subsidized enrollment record for a learner, generated durning enrollment.
   */
  fulfillment_identifier: string | null;
  /** Any reversal associated with this transaction. */
  reversal: LedgerTransactionReversal | null;
}

/** LedgerTransaction as it is sent. */
export interface LedgerTransactionInput {
  /** Primary identifier of the Transaction. */
  uuid: string;
  /** When the record was created. */
  created: string | Date;
  /** When the record was last modified. */
  modified: string | Date;
  /** Client-generated unique value to achieve idempotency of operations. */
  idempotency_key: string;
  /** How many units of value this transaction represents (e.g. USD cents). */
  quantity: number | bigint;
  /** Current lifecyle state of the record, one of (created, pending, committed, failed). */
  state: string;
  /** The primary identifier of this Transaction's ledger object. */
  ledger_uuid: string;
  /** The primary identifier of the subsidy access policy for this transaction. */
  subsidy_access_policy_uuid: string;
  /** The LMS user id of the user associated with this transaction. */
  lms_user_id: number | bigint;
  /** The course (run) key associated with this transaction. */
  content_key: string;
  /** The parent (just course, not run) key for the course key. Default: null. */
  parent_content_key?: string | null | undefined;
  /**
   * The identifier of the subsidized enrollment record for a learner, generated durning enrollment.
   * Default: null.
   */
  fulfillment_identifier?: string | null | undefined;
  /** Any reversal associated with this transaction. Default: null. */
  reversal?: LedgerTransactionReversalInput | null | undefined;
}

/** The fields of LedgerTransaction, for records and events of your own. */
export const ledgerTransaction: RecordType<LedgerTransaction, LedgerTransactionInput> = record(
  'LedgerTransaction',
  {
    uuid: uuid(),
    created: datetime(),
    modified: datetime(),
    idempotency_key: string(),
    quantity: long(),
    state: string(),
    ledger_uuid: uuid(),
    subsidy_access_policy_uuid: uuid(),
    lms_user_id: long(),
    content_key: courseKey(),
    parent_content_key: nullable(string()),
    fulfillment_identifier: nullable(string()),
    reversal: nullable(ledgerTransactionReversal),
  },
);

/** Data related to an Enterprise Customer User object. */
export interface EnterpriseCustomerUser {
  /** Primary identifier of the record. */
  id: number;
  /** When the record was created. */
  created: string;
  /** When the record was last modified. */
  modified: string;
  /** The enterprise customer to which the user is linked. */
  enterprise_customer_uuid: string;
  /** The LMS user ID corresponding to this enterprise user. */
  user_id: number;
  /** The active enterprise user for the given LMS user. */
  active: boolean;
  /** This enterprise user has been linked to an enterprise customer. */
  linked: boolean;
  /** When set to False, the user cannot be relinked to the enterprise. */
  is_relinkable: boolean;
  /**
   * When enabled along with `active`, all other linked enterprise customers for this user will be
   * marked as inactive upon save.
   */
  should_inactivate_other_customers: boolean;
  /** Invite key used to link a learner to an enterprise. */
  invite_key: string | null;
}

/** EnterpriseCustomerUser as it is sent. */
export interface EnterpriseCustomerUserInput {
  /** Primary identifier of the record. */
  id: number | bigint;
  /** When the record was created. */
  created: string | Date;
  /** When the record was last modified. */
  modified: string | Date;
  /** The enterprise customer to which the user is linked. */
  enterprise_customer_uuid: string;
  /** The LMS user ID corresponding to this enterprise user. */
  user_id: number | bigint;
  /** The active enterprise user for the given LMS user. */
  active: boolean;
  /** This enterprise user has been linked to an enterprise customer. */
  linked: boolean;
  /** When set to False, the user cannot be relinked to the enterprise. */
  is_relinkable: boolean;
  /**
   * When enabled along with `active`, all other linked enterprise customers for this user will be
   * marked as inactive upon save.
   */
  should_inactivate_other_customers: boolean;
  /** Invite key used to link a learner to an enterprise. Default: null. */
  invite_key?: string | null | undefined;
}

/** The fields of EnterpriseCustomerUser, for records and events of your own. */
export const enterpriseCustomerUser: RecordType<
  EnterpriseCustomerUser,
  EnterpriseCustomerUserInput
> = record('EnterpriseCustomerUser', {
  id: long(),
  created: datetime(),
  modified: datetime(),
  enterprise_customer_uuid: uuid(),
  user_id: long(),
  active: boolean(),
  linked: boolean(),
  is_relinkable: boolean(),
  should_inactivate_other_customers: boolean(),
  invite_key: nullable(uuid()),
});

/** Data related to an Enterprise Course Enrollment object. */
export interface EnterpriseCourseEnrollment {
  /** Primary identifier of the record. */
  id: number;
  /** When the record was created. */
  created: string;
  /** When the record was last modified. */
  modified: string;
  /** The enterprise learner to which this enrollment is attached. */
  enterprise_customer_user: EnterpriseCustomerUser;
  /** The ID of the course in which the learner was enrolled. */
  course_id: CourseKey;
  /** Specifies whether a user marked this course as saved for later in the learner portal. */
  saved_for_later: boolean;
  /**
   * DB slug for the source of the enrollment, e.g. "enrollment_task", "management_command", etc.
   */
  source_slug: string | null;
  /** Specifies whether the related LMS course enrollment object was unenrolled. */
  unenrolled: boolean | null;
  /** Specifies when the related LMS course enrollment object was unenrolled. */
  unenrolled_at: string | null;
}

/** EnterpriseCourseEnrollment as it is sent. */
export interface EnterpriseCourseEnrollmentInput {
  /** Primary identifier of the record. */
  id: number | bigint;
  /** When the record was created. */
  created: string | Date;
  /** When the record was last modified. */
  modified: string | Date;
  /** The enterprise learner to which this enrollment is attached. */
  enterprise_customer_user: EnterpriseCustomerUserInput;
  /** The ID of the course in which the learner was enrolled. */
  course_id: string;
  /** Specifies whether a user marked this course as saved for later in the learner portal. */
  saved_for_later: boolean;
  /**
   * DB slug for the source of the enrollment, e.g. "enrollment_task", "management_command", etc.
   * Default: null.
   */
  source_slug?: string | null | undefined;
  /** Specifies whether the related LMS course enrollment object was unenrolled. Default: null. */
  unenrolled?: boolean | null | undefined;
  /** Specifies when the related LMS course enrollment object was unenrolled. Default: null. */
  unenrolled_at?: string | Date | null | undefined;
}

/** The fields of EnterpriseCourseEnrollment, for records and events of your own. */
export const enterpriseCourseEnrollment: RecordType<
  EnterpriseCourseEnrollment,
  EnterpriseCourseEnrollmentInput
> = record('EnterpriseCourseEnrollment', {
  id: long(),
  created: datetime(),
  modified: datetime(),
  enterprise_customer_user: enterpriseCustomerUser,
  course_id: courseKey(),
  saved_for_later: boolean(),
  source_slug: nullable(string()),
  unenrolled: nullable(boolean()),
  unenrolled_at: nullable(datetime()),
});

/** Attributes of an ``enterprise.LearnerCreditEnterpriseCourseEnrollment`` record. */
export interface LearnerCreditEnterpriseCourseEnrollment {
  /** Primary identifier of the record. */
  uuid: string;
  /** When the record was created. */
  created: string;
  /** When the record was last modified. */
  modified: string;
  /** Subsidy fulfillment type, typical values: "license", "learner_credit", "coupon_code". */
  fulfillment_type: string;
  /** Whether the enterprise subsidy is revoked, e.g., when a user's license is revoked. */
  is_revoked: boolean;
  /** The course entitlement the associated subsidy is for. */
  enterprise_course_entitlement_uuid: string | null;
  /** The course enrollment the associated subsidy is for. */
  enterprise_course_enrollment: EnterpriseCourseEnrollment | null;
  /** Ledgered transaction UUID to associate with this learner credit fulfillment. */
  transaction_id: string | null;
}

/** LearnerCreditEnterpriseCourseEnrollment as it is sent. */
export interface LearnerCreditEnterpriseCourseEnrollmentInput {
  /** Primary identifier of the record. */
  uuid: string;
  /** When the record was created. */
  created: string | Date;
  /** When the record was last modified. */
  modified: string | Date;
  /** Subsidy fulfillment type, typical values: "license", "learner_credit", "coupon_code". */
  fulfillment_type: string;
  /** Whether the enterprise subsidy is revoked, e.g., when a user's license is revoked. */
  is_revoked: boolean;
  /** The course entitlement the associated subsidy is for. Default: null. */
  enterprise_course_entitlement_uuid?: string | null | undefined;
  /** The course enrollment the associated subsidy is for. Default: null. */
  enterprise_course_enrollment?: EnterpriseCourseEnrollmentInput | null | undefined;
  /** Ledgered transaction UUID to associate with this learner credit fulfillment. Default: null. */
  transaction_id?: string | null | undefined;
}

/** The fields of LearnerCreditEnterpriseCourseEnrollment, for records and events of your own. */
export const learnerCreditEnterpriseCourseEnrollment: RecordType<
  LearnerCreditEnterpriseCourseEnrollment,
  LearnerCreditEnterpriseCourseEnrollmentInput
> = record('LearnerCreditEnterpriseCourseEnrollment', {
  uuid: uuid(),
  created: datetime(),
  modified: datetime(),
  fulfillment_type: string(),
  is_revoked: boolean(),
  enterprise_course_entitlement_uuid: nullable(uuid()),
  enterprise_course_enrollment: nullable(enterpriseCourseEnrollment),
  transaction_id: nullable(uuid()),
});

/** Attributes of an ``enterprise.EnterpriseGroup`` record. */
export interface EnterpriseGroup {
  /** Primary identifier of the record. */
  uuid: string;
}

/** The fields of EnterpriseGroup, for records and events of your own. */
export const enterpriseGroup: RecordType<EnterpriseGroup, EnterpriseGroup> = record(
  'EnterpriseGroup',
  {
    uuid: uuid(),
  },
);

/** The data of SUBSIDY_REDEEMED. */
export interface SubsidyRedeemed {
  /** A SubsidyRedemption. */
  redemption: SubsidyRedemption;
}

/** SubsidyRedeemed as it is sent. */
export interface SubsidyRedeemedInput {
  /** A SubsidyRedemption. */
  redemption: SubsidyRedemptionInput;
}

/** emitted when an enterprise subsidy is utilized. */
export const SUBSIDY_REDEEMED: EventDefinition<
  'org.openedx.enterprise.subsidy.redeemed.v1',
  SubsidyRedeemed,
  SubsidyRedeemedInput
> = defineEvent({
  type: 'org.openedx.enterprise.subsidy.redeemed.v1',
  data: { redemption: subsidyRedemption },
});

/** The data of SUBSIDY_REDEMPTION_REVERSED. */
export interface SubsidyRedemptionReversed {
  /** A SubsidyRedemption. */
  redemption: SubsidyRedemption;
}

/** SubsidyRedemptionReversed as it is sent. */
export interface SubsidyRedemptionReversedInput {
  /** A SubsidyRedemption. */
  redemption: SubsidyRedemptionInput;
}

/** emitted when an enterprise subsidy is reversed. */
export const SUBSIDY_REDEMPTION_REVERSED: EventDefinition<
  'org.openedx.enterprise.subsidy.redemption-reversed.v1',
  SubsidyRedemptionReversed,
  SubsidyRedemptionReversedInput
> = defineEvent({
  type: 'org.openedx.enterprise.subsidy.redemption-reversed.v1',
  data: { redemption: subsidyRedemption },
});

/** The data of LEDGER_TRANSACTION_CREATED. */
export interface LedgerTransactionCreated {
  /** A LedgerTransaction. */
  ledger_transaction: LedgerTransaction;
}

/** LedgerTransactionCreated as it is sent. */
export interface LedgerTransactionCreatedInput {
  /** A LedgerTransaction. */
  ledger_transaction: LedgerTransactionInput;
}

/**
 * emitted when an enterprise ledger transaction is created. See:
 * https://github.com/openedx/openedx-ledger/tree/main/docs/decisions
 */
export const LEDGER_TRANSACTION_CREATED: EventDefinition<
  'org.openedx.enterprise.subsidy_ledger_transaction.created.v1',
  LedgerTransactionCreated,
  LedgerTransactionCreatedInput
> = defineEvent({
  type: 'org.openedx.enterprise.subsidy_ledger_transaction.created.v1',
  data: { ledger_transaction: ledgerTransaction },
});

/** The data of LEDGER_TRANSACTION_COMMITTED. */
export interface LedgerTransactionCommitted {
  /** A LedgerTransaction. */
  ledger_transaction: LedgerTransaction;
}

/** LedgerTransactionCommitted as it is sent. */
export interface LedgerTransactionCommittedInput {
  /** A LedgerTransaction. */
  ledger_transaction: LedgerTransactionInput;
}

/**
 * emitted when an enterprise ledger transaction is committed. See:
 * https://github.com/openedx/openedx-ledger/tree/main/docs/decisions
 */
export const LEDGER_TRANSACTION_COMMITTED: EventDefinition<
  'org.openedx.enterprise.subsidy_ledger_transaction.committed.v1',
  LedgerTransactionCommitted,
  LedgerTransactionCommittedInput
> = defineEvent({
  type: 'org.openedx.enterprise.subsidy_ledger_transaction.committed.v1',
  data: { ledger_transaction: ledgerTransaction },
});

/** The data of LEDGER_TRANSACTION_FAILED. */
export interface LedgerTransactionFailed {
  /** A LedgerTransaction. */
  ledger_transaction: LedgerTransaction;
}

/** LedgerTransactionFailed as it is sent. */
export interface LedgerTransactionFailedInput {
  /** A LedgerTransaction. */
  ledger_transaction: LedgerTransactionInput;
}

/**
 * emitted when an enterprise ledger transaction fails. See:
 * https://github.com/openedx/openedx-ledger/tree/main/docs/decisions
 */
export const LEDGER_TRANSACTION_FAILED: EventDefinition<
  'org.openedx.enterprise.subsidy_ledger_transaction.failed.v1',
  LedgerTransactionFailed,
  LedgerTransactionFailedInput
> = defineEvent({
  type: 'org.openedx.enterprise.subsidy_ledger_transaction.failed.v1',
  data: { ledger_transaction: ledgerTransaction },
});

/** The data of LEDGER_TRANSACTION_REVERSED. */
export interface LedgerTransactionReversed {
  /** A LedgerTransaction. */
  ledger_transaction: LedgerTransaction;
}

/** LedgerTransactionReversed as it is sent. */
export interface LedgerTransactionReversedInput {
  /** A LedgerTransaction. */
  ledger_transaction: LedgerTransactionInput;
}

/**
 * emitted when an enterprise ledger transaction is reversed. See:
 * https://github.com/openedx/openedx-ledger/tree/main/docs/decisions
 */
export const LEDGER_TRANSACTION_REVERSED: EventDefinition<
  'org.openedx.enterprise.subsidy_ledger_transaction.reversed.v1',
  LedgerTransactionReversed,
  LedgerTransactionReversedInput
> = defineEvent({
  type: 'org.openedx.enterprise.subsidy_ledger_transaction.reversed.v1',
  data: { ledger_transaction: ledgerTransaction },
});

/** The data of LEARNER_CREDIT_COURSE_ENROLLMENT_REVOKED. */
export interface LearnerCreditCourseEnrollmentRevoked {
  /** A LearnerCreditEnterpriseCourseEnrollment. */
  learner_credit_course_enrollment: LearnerCreditEnterpriseCourseEnrollment;
}

/** LearnerCreditCourseEnrollmentRevoked as it is sent. */
export interface LearnerCreditCourseEnrollmentRevokedInput {
  /** A LearnerCreditEnterpriseCourseEnrollment. */
  learner_credit_course_enrollment: LearnerCreditEnterpriseCourseEnrollmentInput;
}

/**
 * emitted when a LearnerCreditEnterpriseCourseEnrollment is revoked. This most often happens when
 * an enterprise learner unenrolls from a course which was LC-subsidized.
 */
export const LEARNER_CREDIT_COURSE_ENROLLMENT_REVOKED: EventDefinition<
  'org.openedx.enterprise.learner_credit_course_enrollment.revoked.v1',
  LearnerCreditCourseEnrollmentRevoked,
  LearnerCreditCourseEnrollmentRevokedInput
> = defineEvent({
  type: 'org.openedx.enterprise.learner_credit_course_enrollment.revoked.v1',
  data: { learner_credit_course_enrollment: learnerCreditEnterpriseCourseEnrollment },
});

/** The data of ENTERPRISE_GROUP_DELETED. */
export interface EnterpriseGroupDeleted {
  /** A EnterpriseGroup. */
  enterprise_group: EnterpriseGroup;
}

/** emitted when an EnterpriseGroup is deleted. */
export const ENTERPRISE_GROUP_DELETED: EventDefinition<
  'org.openedx.enterprise.enterprise_group.deleted.v1',
  EnterpriseGroupDeleted,
  EnterpriseGroupDeleted
> = defineEvent({
  type: 'org.openedx.enterprise.enterprise_group.deleted.v1',
  data: { enterprise_group: enterpriseGroup },
});

/** The events of the subdomain, by type. */
export interface EnterpriseEvents {
  /** emitted when an enterprise subsidy is utilized. */
  'org.openedx.enterprise.subsidy.redeemed.v1': typeof SUBSIDY_REDEEMED;
  /** emitted when an enterprise subsidy is reversed. */
  'org.openedx.enterprise.subsidy.redemption-reversed.v1': typeof SUBSIDY_REDEMPTION_REVERSED;
  /**
   * emitted when an enterprise ledger transaction is created. See:
   * https://github.com/openedx/openedx-ledger/tree/main/docs/decisions
   */
  'org.openedx.enterprise.subsidy_ledger_transaction.created.v1': typeof LEDGER_TRANSACTION_CREATED;
  /**
   * emitted when an enterprise ledger transaction is committed. See:
   * https://github.com/openedx/openedx-ledger/tree/main/docs/decisions
   */
  'org.openedx.enterprise.subsidy_ledger_transaction.committed.v1': typeof LEDGER_TRANSACTION_COMMITTED;
  /**
   * emitted when an enterprise ledger transaction fails. See:
   * https://github.com/openedx/openedx-ledger/tree/main/docs/decisions
   */
  'org.openedx.enterprise.subsidy_ledger_transaction.failed.v1': typeof LEDGER_TRANSACTION_FAILED;
  /**
   * emitted when an enterprise ledger transaction is reversed. See:
   * https://github.com/openedx/openedx-ledger/tree/main/docs/decisions
   */
  'org.openedx.enterprise.subsidy_ledger_transaction.reversed.v1': typeof LEDGER_TRANSACTION_REVERSED;
  /**
   * emitted when a LearnerCreditEnterpriseCourseEnrollment is revoked. This most often happens when
   * an enterprise learner unenrolls from a course which was LC-subsidized.
   */
  'org.openedx.enterprise.learner_credit_course_enrollment.revoked.v1': typeof LEARNER_CREDIT_COURSE_ENROLLMENT_REVOKED;
  /** emitted when an EnterpriseGroup is deleted. */
  'org.openedx.enterprise.enterprise_group.deleted.v1': typeof ENTERPRISE_GROUP_DELETED;
}
