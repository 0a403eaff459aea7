import { isError } from '../../../errors/thrown-values.js';
import { messageOf } from '../../../errors/foreign-error.js';
import { ServiceUnavailableError, type EventBusErrorPlace } from '../../../errors/index.js';

export { messageOf };

/**
 * What an error says about the next step.
 *
 * - `refused`: Redis answered with an error; the command was not carried out.
 * - `moved`: the key is at another node of the cluster, is moving, or none has it at present.
 * - `groupLost`: the group or its stream is gone (FLUSHALL, DEL, failover, eviction).
 * - `wrongType`: the key holds something that is not a stream.
 * - `lost`: no answer came; the command may have been carried out.
 * - `notWritten`: the command never left this process.
 */
export type RedisFault = 'refused' | 'moved' | 'groupLost' | 'wrongType' | 'lost' | 'notWritten';

const MOVED = /^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN|Too many Cluster redirections)\b/;

/** A command got no answer within its time; the connection is then replaced. */
export class NoReplyError extends ServiceUnavailableError {
  constructor(command: string, ms: number) {
    super('Redis', `no reply to ${command} within ${ms} ms`);
  }
}

/** A command was not written, because there is no connection. */
export class NotConnectedError extends ServiceUnavailableError {
  constructor(cause?: unknown) {
    super('Redis', `not connected${cause === undefined ? '' : `: ${messageOf(cause)}`}`, { cause });
  }
}

/** Redis does not let the user run the command, or use its key; or it has no such command. */
export class ForbiddenError extends ServiceUnavailableError {
  /** `command` as `commandName` says it. */
  constructor(command: string, cause: unknown, place: EventBusErrorPlace = {}) {
    super('Redis', `${command} was rejected: ${messageOf(cause)}`, { ...place, cause });
  }
}

const FORBIDDEN =
  /^NOPERM\b|^ERR unknown (sub)?command\b|ACL failure in script|executing the script can't|^ERR .{0,80}\b(disabled|not allowed|not permitted|not supported)\b/;

/** What no retry can fix before somebody changes the rights of the user, or the server. */
export function isForbidden(error: unknown): boolean {
  return error instanceof ForbiddenError || FORBIDDEN.test(messageOf(error));
}

export function faultOf(error: unknown): RedisFault {
  if (error instanceof NotConnectedError) return 'notWritten';
  if (error instanceof ForbiddenError) return 'refused';
  if (!isError(error)) return 'lost';
  const { name, message } = error;
  if (message.startsWith("Stream isn't writeable")) return 'notWritten';
  if (message.startsWith('NOGROUP') || message.startsWith('UNBLOCKED')) return 'groupLost';
  if (message.startsWith('WRONGTYPE')) return 'wrongType';
  if (MOVED.test(message)) return 'moved';
  return name === 'ReplyError' ? 'refused' : 'lost';
}

/** Redis is being asked of a replica that was a master: a new connection finds the new master. */
export function wantsNewConnection(error: Error): boolean {
  // Redis 6.2 says so in the middle of the error of a script.
  return /^READONLY|: -READONLY/.test(error.message);
}

/** A connection to another node of the cluster is needed. */
export function hasMoved(error: Error): boolean {
  return error.message.startsWith('MOVED');
}

/** The error as a typed one: a service fault, transient whatever its code. */
export function serviceFault(
  error: unknown,
  place: EventBusErrorPlace = {},
): ServiceUnavailableError {
  if (error instanceof ServiceUnavailableError) return error;
  return new ServiceUnavailableError('Redis', messageOf(error), { ...place, cause: error });
}
