import { ConfigurationError, type ConfigurationProblem } from '../../errors/index.js';
import { matchesPattern } from '../../events/event-catalog.js';
import { PLATFORM_TOPICS } from '../../events/platform-topics.js';
import type { EventBusSettings } from '../../settings/event-bus-settings.js';
import type {
  FailureAction,
  FailureClassifier,
  RetrySettings,
} from '../../settings/failure-settings.js';
import type { OpenEdxEventContext } from './event-context.js';

/** One line of the routing table: which handler receives what from where. */
export interface RoutingRow {
  readonly group: string;
  readonly pattern: string;
  /** Without prefix. */
  readonly topics: readonly string[];
  readonly handler: string;
}

interface Entry {
  readonly handler: EventHandler;
  /** Topics that this handler subscribes its group to. */
  readonly subscribes: readonly string[];
}

/** The handlers of one bus: who subscribes to what, and who receives a record. */
export class HandlerRegistry {
  private readonly groups = new Map<string, Entry[]>();
  /** By group, topic and event type. */
  private readonly lookups = new Map<string, Map<string, Map<string, readonly EventHandler[]>>>();
  private lookupCount = 0;

  /**
   * `topicsOf` names the topics of an event whose handler names none (routes); `usualTopicsOf` those of
   * an event in a group that would have no topic at all.
   */
  constructor(
    private readonly topicsOf: TopicsOf = () => [],
    private readonly usualTopicsOf: TopicsOf = () => [],
    /** The option for which a handler must be found by its id, later or in another process; undefined for none. */
    private readonly optionFindingById: (handler: EventHandler) => string | undefined = () =>
      undefined,
  ) {}

  add(handler: EventHandler): void {
    const subscribes = handler.topics.length ? handler.topics : this.topicsOf(handler.pattern);
    const entries = this.groups.get(handler.group) ?? [];
    entries.push({ handler, subscribes });
    this.groups.set(handler.group, entries);
    this.forgetLookups();
  }

  /** Every handler, group by group, in the order they were added. */
  all(): readonly EventHandler[] {
    return [...this.groups.values()].flatMap((entries) => entries.map(({ handler }) => handler));
  }

  get size(): number {
    return [...this.groups.values()].reduce((sum, entries) => sum + entries.length, 0);
  }

  /**
   * The handlers of an event in the order they were added. A handler that names topics receives
   * from those only; one that names none receives from every topic that its group subscribes to.
   */
  handlersFor(group: string, type: string, topicWithoutPrefix: string): readonly EventHandler[] {
    const known = this.lookups.get(group)?.get(topicWithoutPrefix)?.get(type);
    if (known) return known;
    const found = this.receiversOf(group, topicWithoutPrefix)
      .filter((h) => matchesPattern(h.pattern, type))
      .filter(firstOfTarget);
    if (this.lookupCount >= MAX_LOOKUPS) this.forgetLookups();
    this.lookupCount++;
    within(within(this.lookups, group), topicWithoutPrefix).set(type, found);
    return found;
  }

  /** The handlers of a group that may receive events from the topic (without prefix), of whatever type. */
  receiversOf(group: string, topic: string): readonly EventHandler[] {
    return (this.groups.get(group) ?? [])
      .map((entry) => entry.handler)
      .filter((h) => !h.topics.length || h.topics.includes(topic));
  }

  /** Group to the topics (without prefix) that it reads, sorted. */
  subscriptions(): ReadonlyMap<string, readonly string[]> {
    const all = new Map<string, readonly string[]>();
    for (const group of this.groups.keys()) all.set(group, this.topicsOfGroup(group));
    return all;
  }

  /** Handlers that could never receive anything, as problems of the configuration. */
  problems(): readonly ConfigurationProblem[] {
    return [...this.sharedIds(), ...this.withoutTopic()];
  }

  /** Two methods of one group with the same id could not be told apart in a log line, or when one of them is to run again. */
  private sharedIds(): readonly ConfigurationProblem[] {
    const problems: ConfigurationProblem[] = [];
    for (const [group, entries] of this.groups) {
      const known = new Map<string, EventHandler>();
      const shared = new Set<string>();
      const instances = new Map<string, string>();
      for (const { handler } of entries) {
        const other = known.get(handler.name);
        known.set(handler.name, other ?? handler);
        if (!other) continue;
        const option = this.optionFindingById(handler);
        if (isAnotherMethod(other, handler)) shared.add(handler.name);
        else if (other.target !== handler.target && option) instances.set(handler.name, option);
      }
      for (const [id, why] of instances)
        problems.push({
          setting: `id of handler ${id}`,
          found: `several instances of its class with this id in group ${group}, and ${why}`,
          allowed:
            'a function that gives each instance an id of its own, by which it is found: @OnOpenEdxEvent(EVENT, { id: (self) => … })',
        });
      for (const id of shared)
        problems.push({
          setting: `id of handler ${id}`,
          found: `two methods with this id in group ${group}`,
          allowed: 'an id of its own for each: @OnOpenEdxEvent(EVENT, { id })',
        });
    }
    return problems;
  }

  private withoutTopic(): readonly ConfigurationProblem[] {
    return [...this.groups].flatMap(([group, entries]) =>
      subscribedBy(entries).length
        ? []
        : entries
            .filter(({ handler }) => this.usualTopicsOf(handler.pattern).length === 0)
            .map(({ handler }) => ({
              setting: `topic of handler ${handler.name}`,
              found: `no topic for ${handler.pattern} in group ${group}`,
              allowed:
                '`topic` in @OnOpenEdxEvent, a route of the event in EVENT_BUS_PRODUCER_CONFIG, or another handler of this group that subscribes to a topic',
            })),
    );
  }

  /** Throws one ConfigurationError that names every handler without a topic. */
  validate(): void {
    const problems = this.problems();
    if (problems.length) throw new ConfigurationError(problems);
  }

  /**
   * A sentence for each handler that names no topic and will not get its event from the topic on which the platform sends it,
   * because another handler of its group names one: a group reads default topics only where nobody names any.
   */
  warnings(): readonly string[] {
    return [...this.groups].flatMap(([group, entries]) => {
      const read = subscribedBy(entries);
      if (read.length === 0) return [];
      return entries
        .filter(({ subscribes }) => subscribes.length === 0)
        .flatMap(({ handler: { name, pattern } }) => {
          const usual = this.usualTopicsOf(pattern);
          return usual.length === 0 || usual.some((topic) => read.includes(topic))
            ? []
            : [
                `Handler ${name} names no topic, so it receives ${pattern} from the topics of group ${group} only: ` +
                  `${[...new Set(read)].sort(compare).join(', ')}. The platform sends this event to ${usual.join(', ')}, which the ` +
                  `group does not read. To receive it from there, set \`topic\` in @OnOpenEdxEvent`,
              ];
        });
    });
  }

  /** The routing table, sorted by group, pattern and handler. */
  table(): readonly RoutingRow[] {
    return [...this.groups]
      .flatMap(([group, entries]) =>
        entries.map(({ handler }) => ({
          group,
          pattern: handler.pattern,
          topics: handler.topics.length ? [...handler.topics] : this.topicsOfGroup(group),
          handler: handler.name,
        })),
      )
      .sort(
        (a, b) =>
          compare(a.group, b.group) ||
          compare(a.pattern, b.pattern) ||
          compare(a.handler, b.handler),
      );
  }

  private forgetLookups(): void {
    this.lookups.clear();
    this.lookupCount = 0;
  }

  private topicsOfGroup(group: string): readonly string[] {
    const entries = this.groups.get(group) ?? [];
    const subscribed = subscribedBy(entries);
    const topics = subscribed.length
      ? subscribed
      : entries.flatMap(({ handler }) => this.usualTopicsOf(handler.pattern));
    return [...new Set(topics)].sort(compare);
  }
}

const subscribedBy = (entries: readonly Entry[]): readonly string[] =>
  entries.flatMap((entry) => entry.subscribes);

/** Event types come from the wire: the cache must not grow with them. */
const MAX_LOOKUPS = 10_000;

function within<V>(maps: Map<string, Map<string, V>>, key: string): Map<string, V> {
  let found = maps.get(key);
  if (!found) maps.set(key, (found = new Map<string, V>()));
  return found;
}

/** A method under several declarations that match runs once, under the first. */
function firstOfTarget(handler: EventHandler, at: number, all: readonly EventHandler[]): boolean {
  return !handler.target || all.findIndex(({ target }) => target === handler.target) === at;
}

function isAnotherMethod(one: EventHandler, other: EventHandler): boolean {
  if (!one.target || !other.target || one.target === other.target) return false;
  return !one.owner || one.owner !== other.owner;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The routing table as log lines, in columns: topics, group, event, handler. */
export function routingLines(rows: readonly RoutingRow[]): readonly string[] {
  const width = (of: (row: RoutingRow) => string) => Math.max(...rows.map((row) => of(row).length));
  const topics = (row: RoutingRow) => row.topics.join(', ');
  return rows.map((row) =>
    [
      topics(row).padEnd(width(topics)),
      row.group.padEnd(width(({ group }) => group)),
      row.pattern.padEnd(width(({ pattern }) => pattern)),
      row.handler,
    ].join('  '),
  );
}

/** Topics (without prefix) that an event type, or a pattern, is known to travel on. */
export type TopicsOf = (pattern: string) => readonly string[];

/**
 * The topics that the producer configuration names for an event type or a pattern. A disabled route
 * counts too: it says where the event lives, only that this service does not send it.
 */
export function topicsOfRoutes(config: EventBusSettings['producerConfig']): TopicsOf {
  return (pattern) => [
    ...new Set(
      Object.entries(config)
        .filter(([type]) => matchesPattern(pattern, type))
        .flatMap(([, topics]) => Object.keys(topics)),
    ),
  ];
}

/** The topic on which the platform's own services send an event type by default; none for a pattern. */
export const platformTopicsOf: TopicsOf = (pattern) =>
  Object.hasOwn(PLATFORM_TOPICS, pattern) ? Object.keys(PLATFORM_TOPICS[pattern]!) : [];

/** A handler as the consuming side sees it, whatever it is made of (Nest method, function of the CLI). */
export interface EventHandler {
  /** Its id: what was given with the declaration, else `Class.method`. It stands in errors, log lines and status. */
  readonly name: string;
  /** The class that has the method: its instances may have the same id. */
  readonly owner?: object | undefined;
  /** Handlers with the same target are one method under several declarations: it runs once for an event. */
  readonly target?: object | undefined;
  readonly group: string;
  /** An event type, or a pattern that ends in `.*`, or `*`: one or more segments, only last. */
  readonly pattern: string;
  /** Topics without prefix that the handler subscribes to; empty: any subscribed topic of the group. */
  readonly topics: readonly string[];
  readonly retry?: Partial<RetrySettings> | undefined;
  readonly onFailure?: FailureAction | undefined;
  readonly classify?: FailureClassifier | undefined;
  /** It is called once for an event, as far as the store of the bus remembers. */
  readonly idempotent?: { readonly ttlMs: number } | undefined;
  /**
   * Calls the handler, and returns what there is to wait for: nothing, a promise, an Observable or a
   * promise of one. Throws, or lets that fail, with the handler's original error.
   */
  invoke(data: unknown, context: OpenEdxEventContext): unknown;
  /** Hears how a call failed, before anything is decided about it. Must not throw. */
  failed?(error: unknown): void;
  /** Hears that a call succeeded, also one that is no longer waited for. Must not throw. */
  succeeded?(): void;
}
