import { messageOf } from '../../errors/foreign-error.js';
import {
  EventBusError,
  type EventBusErrorPlace,
  ServiceUnavailableError,
} from '../../errors/index.js';
import { outsideText } from '../../errors/outside-text.js';

/** What the broker answers when the record itself, or our right to write it, is rejected for good. */
const REFUSALS = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'INVALID_TOPIC_EXCEPTION',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'POLICY_VIOLATION',
]);

/** Errors that come before anything was written. */
const BEFORE_WRITING = new Set([
  'KafkaJSBrokerNotFound',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSTopicMetadataNotLoaded',
  'KafkaJSSASLAuthenticationError',
]);

interface ClientError {
  readonly name?: string;
  readonly type?: string;
  readonly retriable?: boolean;
  readonly broker?: string;
  readonly cause?: unknown;
  readonly message?: string;
}

/** The error that began it: kafkajs wraps the reason in the story of its repeats. */
export function rootOf(error: unknown): ClientError {
  let at = error as ClientError;
  for (let depth = 0; depth < 10 && at.cause && typeof at.cause === 'object'; depth++)
    at = at.cause;
  return at;
}

/** The broker answered that it will not take the records; they are not on the topic. */
export function isRefusal(error: unknown): boolean {
  const { type, name } = rootOf(error);
  return (
    (type !== undefined && REFUSALS.has(type)) || (name !== undefined && BEFORE_WRITING.has(name))
  );
}

/** Who we are, or what we may do, is rejected: only an operator can change that. */
export function isForbidden(error: unknown): boolean {
  const { type = '', name } = rootOf(error);
  return name === 'KafkaJSSASLAuthenticationError' || type.endsWith('AUTHORIZATION_FAILED');
}

/** The group is sharing out its partitions, or did so without us: it will tell us what is ours. */
export function isRebalance(error: unknown): boolean {
  const { type = '' } = rootOf(error);
  return ['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID'].includes(type);
}

/** The client says itself that the same may succeed later. */
export function isTransient(error: unknown): boolean {
  return rootOf(error).retriable === true && !isRefusal(error);
}

/** What to tell an operator, with a hint where the client's words alone say little. */
export function reasonOf(error: unknown): string {
  const root = rootOf(error);
  const message = messageOf(root);
  if (root.name === 'KafkaJSSASLAuthenticationError')
    return `authentication failed (EVENT_BUS_KAFKA_API_KEY, EVENT_BUS_KAFKA_API_SECRET or the option sasl): ${message}`;
  if (root.type === 'TOPIC_AUTHORIZATION_FAILED')
    return `the Kafka user is not authorized for this topic (ACL): ${message}`;
  if (root.type === 'CLUSTER_AUTHORIZATION_FAILED')
    return `the Kafka user is not authorized for an idempotent producer, or to write to any topic (ACL): ${message}`;
  if (root.type === 'GROUP_AUTHORIZATION_FAILED')
    return `the Kafka user is not authorized for this consumer group (ACL): ${message}`;
  if (root.name === 'KafkaJSGroupCoordinatorNotFound')
    return `no coordinator found for this consumer group: no broker answered, or the brokers are not ready (${message})`;
  if (root.type === 'UNKNOWN_TOPIC_OR_PARTITION')
    return `the topic does not exist on the broker: ${message}`;
  if (
    /certificate|self.signed|altnames|wrong version number|SSL routines|secure TLS connection/i.test(
      message,
    )
  )
    return `TLS handshake failed (option ssl): ${message}`;
  if (/closed connection/i.test(message))
    return `broker ${outsideText(String(root.broker))} is not reachable: ${message} (a possible cause is TLS that is enabled on one side only)`;
  return message;
}

/** The error as a typed one: a service fault, transient whatever its code. */
export function serviceFault(
  error: unknown,
  place: EventBusErrorPlace = {},
): ServiceUnavailableError {
  if (error instanceof ServiceUnavailableError) return error;
  return new ServiceUnavailableError('Kafka', reasonOf(error), { ...place, cause: error });
}

/** Rejects with an error of ours: any other is a service fault. */
export async function typed<T>(place: EventBusErrorPlace, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof EventBusError ? error : serviceFault(error, place);
  }
}
