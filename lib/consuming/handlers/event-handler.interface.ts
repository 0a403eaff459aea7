import type { RetrySettings } from '../../settings/event-bus-settings.js';
import type { OpenEdxEventContext } from './event-context.js';

/** A handler as the consuming side sees it, whatever it is made of (Nest method, function of the CLI). */
export interface EventHandler {
  /** `Class.method`, for log lines, errors and the routing table. */
  readonly name: string;
  /** Handlers with the same target are one method under several declarations: it runs once for an event. */
  readonly target?: object | undefined;
  readonly group: string;
  /** An event type, or a pattern that ends in `.*`, or `*`: one or more segments, only last. */
  readonly pattern: string;
  /** Topics without prefix that the handler subscribes to; empty: any subscribed topic of the group. */
  readonly topics: readonly string[];
  readonly retry?: Partial<RetrySettings> | undefined;
  /**
   * Calls the handler, and returns what there is to wait for: nothing, a promise, an Observable or a
   * promise of one. Throws, or lets that fail, with the handler's original error.
   */
  invoke(data: unknown, context: OpenEdxEventContext): unknown;
  /** Hears how a call failed, before anything is decided about it. Must not throw. */
  failed?(error: unknown): void;
}
