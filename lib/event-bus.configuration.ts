import { monotonicNow } from './common/clocks.js';
import { ConfigurationError, type ConfigurationProblem } from './errors/index.js';
import { readOptions } from './errors/thrown-values.js';
import { EventCatalog } from './events/event-catalog.js';
import type { EventDefinition } from './events/event-definition.js';
import { ProducerRoutes } from './producing/producer-routes.js';
import { readSettings } from './settings/resolve-settings.js';
import type { EventBusSettingsOptions, ResolvedSettings } from './settings/event-bus-settings.js';
import {
  originOf,
  type ResolvedValue,
  shownSafely,
  valueListener,
  type ValueOrigin,
} from './settings/resolved-values.js';
import type { ReadValue, SettingSources } from './settings/setting-reader.js';
import { hasStoreMethods } from './settings/idempotency-settings.js';
import type { IdempotencyStore } from './transport/idempotency-store.interface.js';
import { loadTransport } from './transport/transport-loader.js';
import type {
  TransportFactory,
  EventBusLogger,
  TransportParts,
  TransportTraits,
  TransportValue,
} from './transport/wire-format.interface.js';

/** What a bus is made of. Nothing is opened yet. */
export interface BusConfiguration {
  readonly settings: ResolvedSettings;
  readonly catalog: EventCatalog;
  readonly traits: TransportTraits;
  readonly parts: TransportParts;
  /** Where the settings name one. */
  readonly idempotencyStore?: IdempotencyStore | undefined;
}

/** Events that an application adds to those of Open edX, and what names them in a problem. */
export interface AddedEvents {
  readonly setting: string;
  readonly events: readonly EventDefinition[];
}

export interface ConfigurationInput {
  readonly options: EventBusSettingsOptions & { readonly name?: string | undefined };
  readonly sources: Omit<SettingSources, 'literal'>;
  readonly added: readonly AddedEvents[];
  readonly loggerOf: (bus: string) => EventBusLogger;
  /** For what never sends: false. Default: true. */
  readonly checkRoutes?: boolean;
  /** As in TransportHost. */
  readonly tracesRecords?: boolean;
}

/**
 * Reads settings, events, routes and the options of the transport. Rejects with one ConfigurationError that has
 * every problem of them, else with what the transport's factory throws.
 */
export async function configureBus(input: ConfigurationInput): Promise<BusConfiguration> {
  const values = new ReadValues(input);
  const {
    settings,
    problems: found,
    misspelt,
  } = readOptions('options of the event bus', () =>
    readSettings(input.options, input.sources, (value) => values.read(value)),
  );
  values.tellOf(settings.bus);
  const problems = [...found];
  const catalog = EventCatalog.openEdx();
  const refusedTypes = addEvents(catalog, input.added, problems);
  const { transport: chosen, bus, serviceName } = settings;
  const factory: TransportFactory | undefined =
    typeof chosen === 'string' ? await loadTransport(chosen) : chosen;
  let parts: TransportParts | undefined;
  let fault: unknown;
  const logger = input.loggerOf(bus);
  try {
    parts = await factory?.({
      bus,
      setting: (name) => values.asked(name, settings.setting(name)),
      logger,
      ...(serviceName !== undefined && { serviceName }),
      ...(input.tracesRecords && { tracesRecords: true }),
      onResolved: (value) => values.ofTransport(value),
    });
  } catch (error) {
    fault = error;
    if (error instanceof ConfigurationError) problems.push(...error.problems);
  }
  const idempotencyStore = await storeOf(settings, logger, problems);
  values.tellOfRest();
  for (const warning of misspelt()) logger.warn(`Bus ${bus}: ${warning}`);
  const routes = new ProducerRoutes(settings.producerConfig);
  if (input.checkRoutes ?? true)
    problems.push(...routes.examine(catalog, factory ?? {}, refusedTypes).problems);
  if (problems.length > 0) {
    await parts?.transport.close(monotonicNow()).catch(() => undefined);
    throw new ConfigurationError(problems);
  }
  if (parts === undefined || chosen === undefined || factory === undefined) throw fault;
  const resolved = { ...settings, transport: chosen };
  return { settings: resolved, catalog, traits: factory, parts, idempotencyStore };
}

async function storeOf(
  { idempotency, bus, setting }: Omit<ResolvedSettings, 'transport'>,
  logger: EventBusLogger,
  problems: ConfigurationProblem[],
): Promise<IdempotencyStore | undefined> {
  if (typeof idempotency?.store !== 'function') return idempotency?.store;
  try {
    const store = await idempotency.store({ bus, setting, logger });
    if (hasStoreMethods(store)) return store;
    problems.push({
      setting: 'idempotency.store',
      found: 'a function that returns no store',
      allowed: 'a function that returns an object with the methods of IdempotencyStore',
    });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    problems.push(...error.problems);
  }
  return undefined;
}

/** The values that were read, for whoever listens to them. */
class ReadValues {
  private readonly listener = valueListener();
  private readonly waiting: ResolvedValue[] = [];
  private readonly settings = new Map<string, unknown>();
  private readonly told = new Set<string>();
  private bus = '';

  constructor(private readonly input: ConfigurationInput) {}

  read({ option, setting, value, from }: ReadValue): void {
    if (!this.listener) return;
    const origin = from === 'setting' && setting !== undefined ? this.originOf(setting) : from;
    this.tell({ option, setting, shown: shownSafely(option, value), from: origin as ValueOrigin });
  }

  /** From here on the name of the bus is known. */
  tellOf(bus: string): void {
    this.bus = bus;
    for (const value of this.waiting.splice(0)) this.tell(value);
  }

  /** A setting that the transport asked for. */
  asked(name: string, value: unknown): unknown {
    this.settings.set(name, value);
    return value;
  }

  ofTransport({ from, ...value }: TransportValue): void {
    if (value.setting !== undefined) this.told.add(value.setting);
    const origin = from === 'setting' ? this.originOf(value.setting ?? '') : from;
    this.tell({ ...value, from: origin });
  }

  /** The settings of which the transport said nothing, as it does when something is wrong. */
  tellOfRest(): void {
    const rest = [...this.settings].filter(([setting]) => !this.told.has(setting));
    for (const [setting, value] of this.listener ? rest : [])
      this.tell({
        option: setting,
        setting,
        shown: shownSafely(setting, value),
        from: this.originOf(setting),
      });
  }

  private tell(value: ResolvedValue): void {
    if (this.bus === '') this.waiting.push(value);
    else this.listener?.(this.bus, value);
  }

  private originOf(setting: string): ValueOrigin {
    const { options, sources } = this.input;
    return originOf(setting, { ...sources, literal: options.settings });
  }
}

/** The types of the events that were rejected, as far as they can be told. */
function addEvents(
  catalog: EventCatalog,
  added: readonly AddedEvents[],
  problems: ConfigurationProblem[],
): ReadonlySet<string> {
  const refused = new Set<string>();
  for (const { setting, events } of added)
    for (const one of separately(setting, events))
      try {
        readOptions(setting, () => {
          for (const event of one) catalog.add(event);
        });
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        problems.push(...error.problems);
        for (const type of typesOf(one)) refused.add(type);
      }
  return refused;
}

/** Each by itself, so that one which is rejected hides no problem of the next. */
function separately(
  setting: string,
  events: readonly EventDefinition[],
): readonly (readonly EventDefinition[])[] {
  return readOptions(setting, () =>
    Array.isArray(events)
      ? (events as readonly EventDefinition[]).map((event) => [event])
      : [events],
  );
}

function typesOf(events: readonly EventDefinition[]): string[] {
  try {
    return [...events].map(({ type }) => type).filter((type) => typeof type === 'string');
  } catch {
    return [];
  }
}
