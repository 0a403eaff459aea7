import { ConfigurationError, HaltedError } from '../errors/index.js';
import { messageOf } from '../errors/foreign-error.js';
import { outsideText, shownValue } from '../errors/outside-text.js';
import { misspeltOptions } from '../errors/unknown-names.js';
import { systemNow } from '../common/clocks.js';
import type { EventBusHealth, LivenessOptions, ReadinessOptions } from './event-bus-health.js';
import type { EventBusState } from './event-bus-state.js';
import type { EventBusStatusSnapshot } from './event-bus-status.js';

const MAX_STALLED_MS = 600_000;

/**
 * Whether the process should live on. `down` only where a restart can help: consuming ended for good, but not at a halt,
 * where it would halt again; or a record is stuck.
 */
export function livenessOf(
  { bus, state, error, stalledRecords }: EventBusStatusSnapshot,
  { maxStalledMs = MAX_STALLED_MS }: LivenessOptions = {},
): EventBusHealth {
  const reasons: string[] = [];
  if (state === 'failed' && !(error instanceof HaltedError))
    reasons.push(`consuming ended and resumes only after a restart: ${messageOf(error)}`);
  if (state === 'stopped') reasons.push('the bus has stopped');
  for (const { group, position, waitingMs } of stalledRecords)
    if (waitingMs > maxStalledMs)
      reasons.push(
        `a record of group ${outsideText(group)} has been stuck for ${seconds(waitingMs)} s (topic ${outsideText(position.topic)}, partition ${position.partition}, offset ${position.offset})`,
      );
  return { status: reasons.length > 0 ? 'down' : 'up', bus, state, reasons };
}

/** Why a bus in such a state is not ready yet, or no longer. */
const NOT_READY: Partial<Record<EventBusState, string>> = {
  idle: 'the bus has not started',
  connecting: 'the broker has not answered yet',
  draining: 'the bus is stopping',
  stopped: 'the bus has stopped',
};

/** The oldest record of a partition or stream that a group has not acknowledged, as the broker said last. */
export interface OldestRecord {
  readonly group: string;
  readonly source: string;
  readonly ageMs: number;
}

/** What is known of consuming beside the snapshot. */
export interface ConsumingFacts {
  /** When the bus began to consume, in ms since the epoch. Default: long ago. */
  readonly since?: number | undefined;
  readonly oldest?: readonly OldestRecord[];
}

/** Throws ConfigurationError for a limit that is none: with NaN the process would never be down. */
export function checkLimits(what: string, options: object = {}, names: readonly string[]): void {
  const setting = (name: string): string => `${what} ${name}`;
  const problems = misspeltOptions(options, names, setting);
  for (const name of names) {
    const limit = (options as Readonly<Record<string, unknown>>)[name];
    if (limit !== undefined && !(typeof limit === 'number' && limit >= 0))
      problems.push({
        setting: setting(name),
        found: shownValue(name, limit),
        allowed: 'a number >= 0',
      });
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
}

/** Whether the process does its work. */
export function readinessOf(
  { bus, state, error, sources, slowHandlers, stalledRecords }: EventBusStatusSnapshot,
  { maxSilenceMs = Infinity, maxLagMs = Infinity }: ReadinessOptions = {},
  { since = -Infinity, oldest = [] }: ConsumingFacts = {},
): EventBusHealth {
  const down: string[] = [];
  const degraded: string[] = [];
  const reason = NOT_READY[state];
  if (reason !== undefined) down.push(reason);
  if (state === 'failed') down.push(`consuming ended: ${messageOf(error)}`);
  // It may have to wait for the process that it replaces, which would wait for it to be ready.
  if (state === 'joining')
    degraded.push(
      'a consumer group has not admitted this process yet, so the process receives none of its events',
    );
  if (state === 'degraded') degraded.push(messageOf(error));
  const now = systemNow();
  for (const { source, group, lastSuccess, isForLaterRetries } of sources) {
    const silentMs = now - Math.max(lastSuccess?.getTime() ?? -Infinity, since);
    if (silentMs > maxSilenceMs && !isForLaterRetries)
      down.push(
        `group ${outsideText(group)} has handled no record of ${outsideText(source)} ${Number.isFinite(silentMs) ? `for ${seconds(silentMs)} s` : 'yet'}`,
      );
  }
  for (const { group, source, ageMs } of oldest)
    if (ageMs > maxLagMs)
      down.push(
        `group ${outsideText(group)} has not acknowledged a record of ${outsideText(source)} that is ${seconds(ageMs)} s old`,
      );
  for (const { group, handlers, runningMs } of slowHandlers)
    degraded.push(
      `handlers of group ${outsideText(group)} have not finished after ${seconds(runningMs)} s: ${handlers.join(', ')}`,
    );
  for (const { group, waitingMs } of stalledRecords)
    degraded.push(
      `a record of group ${outsideText(group)} has been stuck for ${seconds(waitingMs)} s`,
    );
  const status = down.length > 0 ? 'down' : degraded.length > 0 ? 'degraded' : 'up';
  return { status, bus, state, reasons: [...down, ...degraded] };
}

function seconds(ms: number): number {
  return Math.round(ms / 1_000);
}
