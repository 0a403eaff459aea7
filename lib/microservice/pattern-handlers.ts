import { types } from 'node:util';
import { type MessageHandler, RpcException } from '@nestjs/microservices';
import type { EventHandler } from '../consuming/handlers/event-handler.interface.js';
import {
  type BoundHandlers,
  type BusOfHandlers,
  patternProblems,
} from '../consuming/handlers/handler-binding.js';
import { runToEnd } from '../consuming/handlers/handler-pipeline.js';
import type { ConfigurationProblem } from '../errors/index.js';
import { matchesPattern } from '../events/event-pattern.js';

/** An `@EventPattern` handler that Nest bound to the bus. */
export interface PatternHandler {
  readonly pattern: string;
  readonly callback: MessageHandler;
  /** The last argument of `@EventPattern`: `group` and `topic` are ours. */
  readonly extras: Readonly<Record<string, unknown>>;
}

/**
 * The `@EventPattern` handlers as handlers of the bus. Nest binds patterns without a transport to
 * every microservice, so those that can be no event of this bus are left to the others.
 */
export function bindPatternHandlers(
  patternHandlers: readonly PatternHandler[],
  of: BusOfHandlers,
): BoundHandlers {
  const problems: ConfigurationProblem[] = [];
  const handlers: EventHandler[] = [];
  for (const { pattern, callback, extras } of patternHandlers) {
    if (!isOurs(pattern, of)) continue;
    const name = `@EventPattern(${pattern})`;
    const group = typeof extras['group'] === 'string' ? extras['group'] : of.group;
    problems.push(...patternProblems(name, pattern, group, of.catalog));
    handlers.push({
      name,
      group: group ?? '',
      pattern,
      topics: topicsOf(extras['topic']),
      invoke: (data, context) =>
        runToEnd(context, () => callback(data, context)).catch(asException),
    });
  }
  return { handlers, problems };
}

/** Nest's RPC pipeline replaces what a handler threw by a plain object, `{ status, message }`. */
function asException(thrown: unknown): never {
  throw types.isNativeError(thrown) ? thrown : new RpcException(thrown as object);
}

function isOurs(pattern: string, { catalog }: BusOfHandlers): boolean {
  if (pattern.startsWith('org.openedx.') || catalog.get(pattern)) return true;
  return pattern.endsWith('.*') && catalog.all().some(({ type }) => matchesPattern(pattern, type));
}

function topicsOf(topic: unknown): readonly string[] {
  const topics: unknown[] = Array.isArray(topic) ? topic : [topic];
  return topics.filter((one) => typeof one === 'string');
}
