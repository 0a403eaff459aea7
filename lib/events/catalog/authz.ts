// Made by `npm run catalog` from openedx-events 11.2.0; do not edit.
import { defineEvent, type EventDefinition } from '../event-definition.js';
import type { RecordType } from '../field-type.js';
import { long, nullable, record, string } from '../fields.js';

/** Data related to a specific role assignment. */
export interface RoleAssignmentData {
  /** The operation being performed (e.g., 'created', 'deleted'). */
  operation: string;
  /** The subject to which the role is assigned (e.g., 'user^john_doe'). */
  subject: string;
  /** The role that is assigned (e.g., 'course_admin'). */
  role: string;
  /** The scope in which the role is assigned (e.g., 'course-v1:edX+DemoX+Demo_Course'). */
  scope: string;
  /** The database ID of the actor performing the operation, if available. */
  actor_id: number | null;
}

/** RoleAssignmentData as it is sent. */
export interface RoleAssignmentDataInput {
  /** The operation being performed (e.g., 'created', 'deleted'). */
  operation: string;
  /** The subject to which the role is assigned (e.g., 'user^john_doe'). */
  subject: string;
  /** The role that is assigned (e.g., 'course_admin'). */
  role: string;
  /** The scope in which the role is assigned (e.g., 'course-v1:edX+DemoX+Demo_Course'). */
  scope: string;
  /** The database ID of the actor performing the operation, if available. Default: null. */
  actor_id?: number | bigint | null | undefined;
}

/** The fields of RoleAssignmentData, for records and events of your own. */
export const roleAssignmentData: RecordType<RoleAssignmentData, RoleAssignmentDataInput> = record(
  'RoleAssignmentData',
  {
    operation: string(),
    subject: string(),
    role: string(),
    scope: string(),
    actor_id: nullable(long()),
  },
);

/** The data of ROLE_ASSIGNMENT_CREATED. */
export interface RoleAssignmentCreated {
  /** A RoleAssignmentData. */
  role_assignment: RoleAssignmentData;
}

/** RoleAssignmentCreated as it is sent. */
export interface RoleAssignmentCreatedInput {
  /** A RoleAssignmentData. */
  role_assignment: RoleAssignmentDataInput;
}

/** Emitted when a role assignment is created in Open edX. */
export const ROLE_ASSIGNMENT_CREATED: EventDefinition<
  'org.openedx.authz.role_assignment.created',
  RoleAssignmentCreated,
  RoleAssignmentCreatedInput
> = defineEvent({
  type: 'org.openedx.authz.role_assignment.created',
  data: { role_assignment: roleAssignmentData },
});

/** The data of ROLE_ASSIGNMENT_DELETED. */
export interface RoleAssignmentDeleted {
  /** A RoleAssignmentData. */
  role_assignment: RoleAssignmentData;
}

/** RoleAssignmentDeleted as it is sent. */
export interface RoleAssignmentDeletedInput {
  /** A RoleAssignmentData. */
  role_assignment: RoleAssignmentDataInput;
}

/** Emitted when a role assignment is deleted in Open edX. */
export const ROLE_ASSIGNMENT_DELETED: EventDefinition<
  'org.openedx.authz.role_assignment.deleted',
  RoleAssignmentDeleted,
  RoleAssignmentDeletedInput
> = defineEvent({
  type: 'org.openedx.authz.role_assignment.deleted',
  data: { role_assignment: roleAssignmentData },
});

/** The events of the subdomain, by type. */
export interface AuthzEvents {
  /** Emitted when a role assignment is created in Open edX. */
  'org.openedx.authz.role_assignment.created': typeof ROLE_ASSIGNMENT_CREATED;
  /** Emitted when a role assignment is deleted in Open edX. */
  'org.openedx.authz.role_assignment.deleted': typeof ROLE_ASSIGNMENT_DELETED;
}
