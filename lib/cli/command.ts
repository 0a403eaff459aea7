import type { ParseArgsConfig } from 'node:util';
import type { CliIo } from './cli-io.js';
import type { RecordEnd } from '../consuming/processing/processing-context.js';
import type { OpenEdxEventContext } from '../consuming/handlers/event-context.js';
import type { EventReplay, ReplayRange } from '../consuming/event-replay.js';
import type { EventCatalog } from '../events/event-catalog.js';
import type { EventBusProducer } from '../producing/event-bus-producer.js';
import type { EventTransport, TransportCapabilities } from '../transport/transport.interface.js';
import type { EventSchemas } from '../transport/wire-format.interface.js';

/** The command line cannot be understood: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The options of a command line, as node:util parseArgs gives them. */
export type CommandValues = Readonly<Record<string, string | boolean | undefined>>;

export interface Command {
  readonly name: string;
  /** The line under `Usage:`. */
  readonly usage: string;
  readonly summary: string;
  readonly options: NonNullable<ParseArgsConfig['options']>;
  /** Resolves to the exit code. Throws UsageError for values that make no sense. */
  run(values: CommandValues, io: CliIo, host: CliHost): Promise<number>;
}

/** The text of an option; undefined where it was not given. */
export function textOf(values: CommandValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** Throws UsageError where the option was not given, or is empty. */
export function requiredText(values: CommandValues, name: string): string {
  const value = textOf(values, name);
  if (!value) throw new UsageError(`--${name} is required`);
  return value;
}

/** Throws UsageError for anything but a whole number from `least` up. */
export function integerOf(values: CommandValues, name: string, least: number): number | undefined {
  const value = textOf(values, name);
  if (value === undefined) return undefined;
  const number = /^\d+$/.test(value) ? Number(value) : NaN;
  if (!Number.isSafeInteger(number) || number < least)
    throw new UsageError(`--${name} takes a whole number from ${least} up`);
  return number;
}

/** Seconds, with a fraction or without, in ms. */
export function secondsOf(values: CommandValues, name: string): number | undefined {
  const value = textOf(values, name);
  if (value === undefined) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : NaN;
  if (!(ms < 2 ** 31)) throw new UsageError(`--${name} takes seconds`);
  return ms;
}

export interface ConsumeRequest {
  /** Without prefix. */
  readonly topic: string;
  readonly group: string;
  readonly member?: string | undefined;
  /** Where a new group starts; default: `startFrom` of the settings. */
  readonly start?: 'earliest' | 'latest' | { readonly afterId: string } | undefined;
  /** Records are handled one after the other, so that none is begun behind the last one wanted. */
  readonly oneAtATime: boolean;
  /** Handles each event where the host has no handlers of its own. */
  readonly onEvent: (data: unknown, context: OpenEdxEventContext) => Promise<void>;
  readonly onRecordEnd: (end: RecordEnd) => void;
  readonly onFatal: (error: Error) => void;
}

export interface Consumption {
  readonly enabled: boolean;
  /** Resolves once subscribed. Rejects as ConsumerRuntime.start does. */
  start(): Promise<void>;
  /** As ConsumerRuntime.drain, within the shutdown time of the settings. */
  stop(): Promise<void>;
}

/** A bus seen from outside its groups. */
export interface OpenedBus {
  readonly transport: EventTransport;
  readonly topicPrefix: string | undefined;
  readonly shutdownTimeoutMs: number;
}

/** The schema registry of a bus, and where its events travel. */
export interface OpenedSchemas {
  readonly schemas: EventSchemas;
  readonly topicPrefix: string | undefined;
  /** How long one answer may take. */
  readonly answerTimeoutMs: number;
  /** The topics (without prefix) of an event: those of its routes, else those of the platform. */
  topicsOf(eventType: string): readonly string[];
}

/** Where the commands run: by themselves, or inside an application. */
export interface CliHost {
  /** Whether records are handled by an application's own handlers. */
  readonly hasHandlers: boolean;
  catalog(): Promise<EventCatalog>;
  /** Of the bus's transport, which is not connected for it. Throws ConfigurationError, MissingPeerError. */
  capabilities(): Promise<TransportCapabilities>;
  /**
   * Connected, with the routes checked. A topic that has the prefix already is warned of. Throws
   * ConfigurationError, MissingPeerError, ConnectError.
   */
  producer(topic: string): Promise<EventBusProducer>;
  /** Not yet started. Throws ConfigurationError, MissingPeerError. */
  consumption(request: ConsumeRequest): Promise<Consumption>;
  /** Connected. Throws ConfigurationError, MissingPeerError, ConnectError. */
  bus(): Promise<OpenedBus>;
  /** Throws ConfigurationError, also for a transport whose records refer to no registry, MissingPeerError. */
  schemas(): Promise<OpenedSchemas>;
  /**
   * The application's handlers of the topic and group over a range. Not yet begun. Throws
   * ConfigurationError when there is none, UsageError outside an application.
   */
  replay(range: ReplayRange, onRecordEnd: (end: RecordEnd) => void): Promise<EventReplay>;
  /** Flushes and ends all that was opened. Idempotent. */
  close(): Promise<void>;
}
