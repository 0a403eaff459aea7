import type { CommandIo } from './cli-io.js';
import type { RedriveClientParts } from '../consuming/redrive-requests/redrive-client.js';
import type { BusDeadLetters } from '../consuming/dead-letters/bus-dead-letters.js';
import type { RecordEnd } from '../consuming/observing/consuming-observer.js';
import type { OpenEdxEventContext } from '../consuming/handlers/event-context.js';
import type { EventReplay, ReplayRange } from '../consuming/event-replay.js';
import type { ConfigurationProblem } from '../errors/index.js';
import type { EventCatalog } from '../events/event-catalog.js';
import type { EventBusProducer } from '../producing/event-bus-producer.js';
import type { ResolvedValue } from '../settings/resolved-values.js';
import type { EventTransport, TransportCapabilities } from '../transport/transport.interface.js';
import type { EventSchemas } from '../transport/wire-format.interface.js';

/** The command line cannot be understood: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  /** `command`: the one whose help says more. */
  constructor(
    message: string,
    readonly command?: string,
  ) {
    super(message);
  }
}

/** Of a command that has no handlers: it was not started by a script of an application. */
export const HANDLERS_NEED_APPLICATION =
  '--handlers needs the handlers of your application: run this command from a script of the application that calls runEventBusCli (docs/cli.md).';

/** The options of a command line by their long names, and its arguments by theirs. */
export type CommandValues = Readonly<Record<string, string | boolean | undefined>>;

/** What may stand for a value, so that a shell can complete it. */
export type ValueKind = 'eventType' | 'signal' | 'topic' | 'file' | 'directory';

export interface CommandOption {
  /** As commander writes them: `-t, --topic <topic>`. */
  readonly flags: string;
  readonly description: string;
  /** For the help. `required`: it must be given. Empty: it goes without saying. */
  readonly default: string;
  readonly value?: ValueKind;
}

export interface CommandArgument {
  readonly name: string;
  readonly description: string;
  readonly required?: boolean;
  readonly value?: ValueKind;
  readonly choices?: readonly string[];
}

/** A line to be typed behind the name of the program, and what it does. */
export interface CommandExample {
  readonly line: string;
  readonly does: string;
}

export interface Command {
  readonly name: string;
  /** One line, a sentence without the full stop. */
  readonly summary: string;
  /** More about it, in sentences. */
  readonly description?: string;
  /** In their order. */
  readonly arguments?: readonly CommandArgument[];
  readonly options: readonly CommandOption[];
  readonly examples: readonly CommandExample[];
  /** Resolves to the exit code. Throws UsageError for values that make no sense. */
  run(values: CommandValues, io: CommandIo, host: CliHost): Promise<number>;
}

/** The text of an option; undefined where it was not given. */
export function textOf(values: CommandValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** Throws UsageError where the option was not given, or is empty. */
export function requiredText(values: CommandValues, name: string): string {
  const value = textOf(values, name);
  if (!value) throw new UsageError(`--${name} is required.`);
  return value;
}

/** Throws UsageError for anything but an integer of at least `least`. */
export function integerOf(values: CommandValues, name: string, least: number): number | undefined {
  const value = textOf(values, name);
  if (value === undefined) return undefined;
  const number = /^\d+$/.test(value) ? Number(value) : NaN;
  if (!Number.isSafeInteger(number) || number < least)
    throw new UsageError(`--${name} must be an integer >= ${least}.`);
  return number;
}

/** The longest time of a timer, in s. */
const LONGEST_TIME = Math.floor((2 ** 31 - 1) / 1_000);

/** Seconds, with a fraction or without, in ms. */
export function secondsOf(values: CommandValues, name: string): number | undefined {
  const value = textOf(values, name);
  if (value === undefined) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : NaN;
  if (!(ms < 2 ** 31))
    throw new UsageError(`--${name} must be a number of seconds, at most ${LONGEST_TIME}.`);
  return ms;
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/i;

/** A moment, in ms since the epoch; `option` names it in the message. Throws UsageError. */
export function momentOf(option: string, text: string): number {
  const time = TIME.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(time))
    throw new UsageError(
      `${option} must be a time with its UTC offset, such as "2026-05-01T08:00:00Z".`,
    );
  return time;
}

/** The group by any of its option names. Throws UsageError where there is none. */
export function groupOf(values: CommandValues): string {
  const group = textOf(values, 'group') ?? textOf(values, 'group_id');
  if (!group) throw new UsageError('-g (--group, --group_id) is required.');
  return group;
}

/** The options of commands that work with one topic and one group. */
export const TOPIC_AND_GROUP: readonly CommandOption[] = [
  {
    flags: '-t, --topic <topic>',
    description: 'topic, without the environment prefix',
    default: 'required',
    value: 'topic',
  },
  { flags: '-g, --group <group>', description: 'consumer group', default: 'required' },
  {
    flags: '--group_id <group>',
    description: 'alias of --group, for the option name of the Python command',
    default: 'not set',
  },
];

export interface ConsumeRequest {
  /** Without prefix. */
  readonly topic: string;
  readonly group: string;
  readonly member?: string | undefined;
  /** Where a new group starts; default: `startFrom` of the settings. */
  readonly start?: 'earliest' | 'latest' | { readonly afterId: string } | undefined;
  /** Records are handled one after the other, so that none is begun after the last one wanted. */
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

/** The dead letters of a bus. */
export interface OpenedDeadLetters {
  readonly letters: BusDeadLetters;
  readonly bus: RedriveClientParts;
  readonly capabilities: TransportCapabilities;
  readonly shutdownTimeoutMs: number;
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

/** What became of settings and options. */
export interface ResolvedConfiguration {
  readonly values: readonly ResolvedValue[];
  readonly problems: readonly ConfigurationProblem[];
  /** Anything else for which the bus cannot be made. */
  readonly failure?: unknown;
}

/** Where the commands run: by themselves, or inside an application. */
export interface CliHost {
  /** Whether records are handled by an application's own handlers. */
  readonly hasHandlers: boolean;
  catalog(): Promise<EventCatalog>;
  /** Every value that the bus works with, and all that is wrong. Nothing is connected for it by itself. Never rejects. */
  configuration(): Promise<ResolvedConfiguration>;
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
  /** The topics (without prefix) that the routes and handlers of the bus name. */
  knownTopics(): Promise<readonly string[]>;
  /**
   * The application's handlers of the topic and group over a range. Not yet begun. Throws
   * ConfigurationError when there is none, UsageError outside an application.
   */
  replay(range: ReplayRange, onRecordEnd: (end: RecordEnd) => void): Promise<EventReplay>;
  /**
   * The dead letters of the bus, connected. Those of an application can go to its handlers. Throws ConfigurationError,
   * MissingPeerError, ConnectError.
   */
  deadLetters(): Promise<OpenedDeadLetters>;
  /** Flushes and ends all that was opened. Idempotent. */
  close(): Promise<void>;
}
