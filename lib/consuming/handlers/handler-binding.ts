import { ignoreRejection } from '../../common/waiting.js';
import { didYouMean } from '../../common/names.js';
import { misspeltOptions } from '../../errors/unknown-names.js';
import { codecFor } from '../../codec/event-codec.js';
import {
  ConfigurationError,
  type ConfigurationProblem,
  UnserializableEventError,
} from '../../errors/index.js';
import { type EventCatalog, assertPattern, matchesPattern } from '../../events/event-catalog.js';
import type { EventHandler } from './handler-registry.js';
import type { HandlerDeclaration, HandlerId } from './handler-declaration.js';
import type { FoundHandler } from './handler-explorer.js';
import {
  type HandlerInvoker,
  type InstanceWrapper,
  isMadeOnce,
  prototypesOf,
} from './handler-invoker.js';
import { messageOf } from '../../errors/foreign-error.js';
import { shownValue } from '../../errors/outside-text.js';
import { type FailureOptions, readFailureOptions } from '../../settings/failure-settings.js';
import { type IdempotencySettings, readIdempotent } from '../../settings/idempotency-settings.js';
import { SettingReader } from '../../settings/setting-reader.js';
import type { Pipeline } from './handler-pipeline.js';

/** What a bus knows when it takes its handlers. */
export interface BusOfHandlers {
  readonly bus: string;
  readonly group: string | undefined;
  readonly catalog: EventCatalog;
  /** undefined: handlers cannot be idempotent. */
  readonly idempotency?: IdempotencySettings | undefined;
  /** Every bus of the application. */
  readonly buses: ReadonlySet<string>;
}

export interface BoundHandlers {
  readonly handlers: readonly EventHandler[];
  readonly problems: readonly ConfigurationProblem[];
}

/** The handlers that belong to one bus, with all that is wrong with their declarations. */
export function bindHandlers(
  found: readonly FoundHandler[],
  of: BusOfHandlers,
  invoker: HandlerInvoker,
): BoundHandlers {
  const handlers: EventHandler[] = [];
  const problems: ConfigurationProblem[] = [];
  for (const { host, method, name, declarations, problem } of found) {
    problems.push(...unknownBuses(name, declarations, of));
    const own = declarations.filter(({ bus }) => bus === of.bus);
    if (!own.length) continue;
    if (problem) {
      problems.push(problem);
      continue;
    }
    const target = {};
    const owner = prototypesOf(host)[0];
    const pipeline = pipelineOf(invoker, host, method, problems);
    if (!pipeline) continue;
    for (const declaration of own) {
      problems.push(...problemsOf(name, declaration, of));
      const { topics, failure, group = of.group ?? '' } = declaration;
      const id = idOf(declaration.id, name, host, problems);
      const policy = failureOf(failure, name, problems);
      const idempotent = idempotentOf(declaration, name, of, problems);
      for (const pattern of new Set(declaration.patterns))
        handlers.push({
          ...{ name: id, owner, target, group, pattern, topics, idempotent },
          ...policy,
          ...pipeline,
        });
    }
  }
  return { handlers, problems };
}

/** Of a function, what it gives for this instance. With a problem, the name stands in. */
function idOf(
  given: HandlerId | undefined,
  name: string,
  host: InstanceWrapper,
  problems: ConfigurationProblem[],
): string {
  if (given === undefined) return name;
  const refuse = (found: string, allowed: string): string => {
    problems.push({ setting: `id of handler ${name}`, found, allowed });
    return name;
  };
  if (typeof given !== 'function') return isId(given) ? given : refuse(shownValue('id', given), ID);
  if (!isMadeOnce(host))
    return refuse(
      'a function, although the class is request-scoped or transient',
      'a string, because there is no instance when the application starts',
    );
  try {
    const id: unknown = given(host.instance as object);
    ignoreRejection(id);
    return isId(id) ? id : refuse(shownValue('id', id), ID);
  } catch (error) {
    return refuse(`a function that throws: ${messageOf(error)}`, ID);
  }
}

/** The options of `@OnOpenEdxEvent`. */
const OPTIONS = ['topic', 'group', 'bus', 'id', 'idempotent', 'retry', 'onFailure', 'classify'];

const ID =
  'a string of 1 to 200 characters without control characters, or a function that returns one';

const isId = (id: unknown): id is string =>
  typeof id === 'string' && id.trim() === id && /^[^\p{Cc}]{1,200}$/u.test(id);

function idempotentOf(
  { idempotent, id }: HandlerDeclaration,
  name: string,
  { idempotency }: BusOfHandlers,
  problems: ConfigurationProblem[],
): EventHandler['idempotent'] {
  const setting = `handler ${name}: idempotent`;
  const reader = new SettingReader(() => undefined);
  const read = readIdempotent(idempotent, setting, idempotency ?? { ttlMs: 1 }, reader);
  problems.push(...reader.problems);
  if (read && id === undefined)
    problems.push({
      setting: `id of handler ${name}`,
      found: 'not set, although the handler is idempotent',
      allowed:
        "an id, such as @OnOpenEdxEvent(EVENT, { id: 'crm.sync', idempotent: true }): it names the events that were handled, and the name of a class may change with a minifier or a refactoring",
    });
  if (read && !idempotency)
    problems.push({
      setting: 'idempotency',
      found: `not set, although handler ${name} is idempotent`,
      allowed:
        '{ store } in EventBusModule.forRoot, such as { store: redisIdempotencyStore() } from nestjs-openedx-event-bus/redis',
    });
  return read;
}

function failureOf(
  options: FailureOptions,
  name: string,
  problems: ConfigurationProblem[],
): FailureOptions {
  const reader = new SettingReader(() => undefined);
  const read = readFailureOptions(options, `handler ${name}: `, reader);
  problems.push(...reader.problems);
  return read;
}

function pipelineOf(
  invoker: HandlerInvoker,
  host: InstanceWrapper,
  method: string,
  problems: ConfigurationProblem[],
): Pipeline | undefined {
  try {
    return invoker.invokerOf(host, method);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

/** What is wrong with the group of a handler and with one pattern of it. */
export function patternProblems(
  handler: string,
  pattern: string,
  group: string | undefined,
  catalog: EventCatalog,
): readonly ConfigurationProblem[] {
  return [...groupProblems(handler, group), ...eventProblems(handler, pattern, catalog)];
}

function problemsOf(
  name: string,
  declaration: HandlerDeclaration,
  { group, catalog }: BusOfHandlers,
): readonly ConfigurationProblem[] {
  return [
    ...misspeltOptions(declaration.options, OPTIONS, (option) => `handler ${name}: ${option}`),
    ...groupProblems(name, declaration.group ?? group),
    ...declaration.patterns.flatMap((pattern) => eventProblems(name, pattern, catalog)),
    ...declaration.definitions
      .filter((given) => (catalog.get(given.type) ?? given) !== given)
      .map(({ type }) => ({
        setting: `event of handler ${name}`,
        found: `another definition of ${type} than the one registered with this bus`,
        allowed:
          'the definition exported by this package, or the one registered with EventBusModule.forFeature',
      })),
  ];
}

function groupProblems(name: string, group: string | undefined): readonly ConfigurationProblem[] {
  return group
    ? []
    : [
        {
          setting: `group of handler ${name}`,
          found: 'not set',
          allowed: '`group` in @OnOpenEdxEvent, or `group` in EventBusModule.forRoot',
        },
      ];
}

function unknownBuses(
  name: string,
  declarations: readonly HandlerDeclaration[],
  { buses }: BusOfHandlers,
): readonly ConfigurationProblem[] {
  return declarations
    .filter(({ bus }) => !buses.has(bus))
    .map(({ bus }) => ({
      setting: `bus of handler ${name}`,
      found: bus,
      allowed: `one of the configured buses: ${[...buses].join(', ')}${didYouMean(bus, [...buses])}`,
    }));
}

function eventProblems(
  name: string,
  pattern: string,
  catalog: EventCatalog,
): readonly ConfigurationProblem[] {
  const setting = `event of handler ${name}`;
  const types = catalog.all().map(({ type }) => type);
  if (pattern.includes('*')) {
    try {
      assertPattern(pattern);
    } catch (error) {
      if (error instanceof ConfigurationError)
        return error.problems.map((problem) => ({ ...problem, setting }));
      throw error;
    }
    return types.some((type) => matchesPattern(pattern, type))
      ? []
      : [
          {
            setting,
            found: pattern,
            allowed: 'a pattern that matches at least one known event type',
          },
        ];
  }
  const definition = catalog.get(pattern);
  if (!definition) return [{ setting, found: pattern, allowed: advice(pattern, types) }];
  try {
    codecFor(definition);
    return [];
  } catch (error) {
    if (!(error instanceof UnserializableEventError)) throw error;
    return [{ setting, found: pattern, allowed: `an event with an Avro schema. ${error.message}` }];
  }
}

function advice(pattern: string, types: readonly string[]): string {
  const known =
    'an Open edX event type, or that of a custom event registered with EventBusModule.forFeature([EVENT])';
  return known + didYouMean(pattern, types);
}
