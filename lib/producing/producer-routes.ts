import { keyFieldOf } from '../codec/key-field.js';
import { ConfigurationError, type ConfigurationProblem } from '../errors/configuration.errors.js';
import type { EventCatalog } from '../events/event-catalog.js';
import type { TransportTraits } from '../transport/wire-format.interface.js';
import {
  producerConfigProblems,
  type EventBusProducerConfig,
} from '../settings/producer-config.js';

const SETTING = 'EVENT_BUS_PRODUCER_CONFIG';

/** Where an event type goes: a topic (without prefix) and the path of its key. */
export interface Route {
  readonly topic: string;
  readonly keyField: string;
}

/** The routes of an event type, in the order of the configuration. */
export interface RoutesOfType {
  readonly enabled: readonly Route[];
  readonly disabled: readonly Route[];
}

type WritesKeys = Pick<TransportTraits, 'writesKeys'>;

/** Finds the topics of an event type in the producer configuration. */
export class ProducerRoutes {
  private readonly types = new Map<string, RoutesOfType>();

  constructor(private readonly config: EventBusProducerConfig) {
    for (const [type, topics] of Object.entries(config)) {
      const enabled: Route[] = [];
      const disabled: Route[] = [];
      for (const [topic, entry] of Object.entries(topics))
        (entry.enabled ? enabled : disabled).push({ topic, keyField: entry.event_key_field });
      if (enabled.length + disabled.length > 0) this.types.set(type, { enabled, disabled });
    }
  }

  /** undefined: the type has no route, not even a disabled one. */
  of(type: string): RoutesOfType | undefined {
    return this.types.get(type);
  }

  /** The key field of a type on a topic: that of its route there, else that of its first route. */
  keyFieldOn(topic: string, type: string): string | undefined {
    const routes = this.types.get(type);
    const all = routes ? [...routes.enabled, ...routes.disabled] : [];
    return (all.find((route) => route.topic === topic) ?? all[0])?.keyField;
  }

  /**
   * Checks the whole configuration against the events of the bus; to be called at start, when all
   * events are known. Returns what an operator should be warned of.
   *
   * Throws ConfigurationError with every problem.
   */
  check(catalog: Pick<EventCatalog, 'get' | 'all'>, traits: WritesKeys): readonly string[] {
    const { problems, warnings } = this.examine(catalog, traits);
    if (problems.length) throw new ConfigurationError(problems);
    return warnings;
  }

  /**
   * The problems are what Python rejects, and, where the transport needs keys, each key field of an
   * enabled route that cannot be one. `alsoKnown`: event types that are no problem, though not in the catalogue.
   */
  examine(
    catalog: Pick<EventCatalog, 'get' | 'all'>,
    { writesKeys = false }: WritesKeys,
    alsoKnown: ReadonlySet<string> = new Set(),
  ): { problems: ConfigurationProblem[]; warnings: string[] } {
    const knows = (type: string) => catalog.get(type) !== undefined || alsoKnown.has(type);
    const types = catalog.all().map(({ type }) => type);
    const problems = producerConfigProblems(this.config, SETTING, knows, types);
    const warnings: string[] = [];
    for (const [type, { enabled, disabled }] of this.types) {
      for (const route of [...enabled, ...disabled]) {
        const problem = keyProblem(catalog, type, route);
        if (problem === undefined) continue;
        if (writesKeys && enabled.includes(route)) problems.push(problem);
        else
          warnings.push(`${problem.setting}: found ${problem.found}; expected ${problem.allowed}`);
      }
    }
    return { problems, warnings };
  }

  /** Every topic of the configuration, once. */
  topics(): string[] {
    const routes = [...this.types.values()].flatMap(({ enabled, disabled }) => [
      ...enabled,
      ...disabled,
    ]);
    return [...new Set(routes.map(({ topic }) => topic))];
  }
}

function keyProblem(
  catalog: Pick<EventCatalog, 'get'>,
  type: string,
  { topic, keyField }: Route,
): ConfigurationProblem | undefined {
  const definition = catalog.get(type);
  const problem = definition && keyFieldOf(definition, keyField).problem;
  if (!problem) return undefined;
  return {
    setting: `${SETTING}[${JSON.stringify(type)}][${JSON.stringify(topic)}].event_key_field`,
    found: `'${keyField}'`,
    allowed: `the dotted path of a required string, long, boolean or double field (${problem})`,
  };
}
