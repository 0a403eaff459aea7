import { ConsoleLogger, Logger, type LoggerService } from '@nestjs/common';
import type { LogFields } from './common/log-fields.js';
import { outsideText } from './errors/outside-text.js';
import { DEFAULT_EVENT_BUS } from './event-bus.constants.js';
import type { EventBusOptions } from './event-bus.options.js';
import type { EventBusLogger } from './transport/wire-format.interface.js';

/**
 * Where the log lines of a bus go: to `logger` of the options, or to Nest's logger at the time when it writes the line, which
 * `app.useLogger` and `bufferLogs` may make another one than at the start. `logFields` says what the logger is called with.
 */
export function loggerOf(
  { logger, logFields }: Pick<EventBusOptions, 'logger' | 'logFields'>,
  bus: string,
): EventBusLogger {
  const lines = { bus, context: bus === DEFAULT_EVENT_BUS ? 'EventBus' : `EventBus ${bus}` };
  const form = logFields ?? 'auto';
  if (!logger) return new NestLog(lines, form);
  // Nest's own `Logger` keeps lines until the application has its logger, as ours does.
  if (Object.getPrototypeOf(logger) === Logger.prototype) {
    const context = Reflect.get(logger, 'context') as string | undefined;
    return new NestLog({ ...lines, context }, form);
  }
  return new OwnLog(logger, lines, form);
}

/** `jsonLine`: the fields are added to the JSON that Nest 11 makes of a line. */
type Form = 'off' | 'params' | 'pino' | 'winston' | 'jsonLine';
type LogFieldsOption = NonNullable<EventBusOptions['logFields']>;
type Level = 'log' | 'warn' | 'error' | 'debug';

interface Lines {
  readonly bus: string;
  readonly context: string | undefined;
}

const NONE: LogFields = {};

abstract class BusLog implements EventBusLogger {
  /** See the function of this name. */
  abstract readonly takesFields: boolean;

  log(message: string, fields?: LogFields): void {
    this.write('log', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.write('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.write('error', message, fields);
  }

  debug(message: string, fields?: LogFields): void {
    this.write('debug', message, fields);
  }

  protected abstract write(level: Level, message: string, fields?: LogFields): void;
}

/** Writes to a logger of the application that Nest need not know. */
class OwnLog extends BusLog {
  private readonly form: Form;

  constructor(
    private readonly target: EventBusLogger,
    private readonly lines: Lines,
    option: LogFieldsOption,
  ) {
    super();
    this.form = formFor(option, target);
  }

  override get takesFields(): boolean {
    return this.form !== 'off';
  }

  protected override write(level: Level, message: string, fields = NONE): void {
    const { target, form, lines } = this;
    if (form === 'off') return target[level](message);
    // nestjs-pino takes the last argument for the context.
    const context = form === 'pino' ? lines.context : undefined;
    const line = { level, message, fields: shownFields(lines.bus, fields), context };
    writeWithFields(target, form, line);
  }
}

/** Writes to Nest's logger. */
class NestLog extends BusLog {
  private readonly nest: NestLogger;

  constructor(
    { bus, context }: Lines,
    private readonly option: LogFieldsOption,
  ) {
    super();
    this.nest = new NestLogger(context, bus, option);
  }

  override get takesFields(): boolean {
    if (this.option !== 'auto') return this.option !== 'off';
    // What is kept back may be for a logger that takes them.
    return Reflect.get(Logger, 'isBufferAttached') === true || this.nest.form !== 'off';
  }

  protected override write(level: Level, message: string, fields = NONE): void {
    if (this.takesFields) this.nest[level](message, fields);
    else this.nest[level](message);
  }
}

/** Gives fields the form that the logger of the application takes, at the time when the line is written. */
class NestLogger extends Logger {
  private known: ServiceLog | undefined;

  constructor(
    context: string | undefined,
    private readonly bus: string,
    private readonly option: LogFieldsOption,
  ) {
    super(context as string);
  }

  override get localInstance(): LoggerService {
    return this.service!;
  }

  get form(): Form {
    return this.service?.form ?? 'off';
  }

  /** Undefined where the application has `logger: false`. */
  private get service(): ServiceLog | undefined {
    const target = super.localInstance as LoggerService | undefined;
    if (target === undefined) return undefined;
    if (this.known?.target !== target)
      this.known = new ServiceLog(target, formFor(this.option, target), this.bus);
    return this.known;
  }
}

/** A LoggerService as Nest's `Logger` calls it: with fields or without, and then with its context if it has one. */
class ServiceLog implements LoggerService {
  constructor(
    readonly target: LoggerService,
    readonly form: Form,
    private readonly bus: string,
  ) {}

  log(message: string, ...rest: unknown[]): void {
    this.write('log', message, rest);
  }

  warn(message: string, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  error(message: string, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  debug(message: string, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  private write(level: Level, message: string, rest: unknown[]): void {
    const { target, form } = this;
    const [fields] = rest;
    if (typeof fields !== 'object') return call(target, level, message, rest);
    const context = rest[1] as string | undefined;
    if (form === 'off') return call(target, level, message, tailOf(level, context));
    const shown = shownFields(this.bus, fields as LogFields);
    writeWithFields(target, form, { level, message, fields: shown, context });
  }
}

interface Line {
  readonly level: Level;
  readonly message: string;
  readonly fields: Record<string, string | number>;
  readonly context: string | undefined;
}

function writeWithFields(target: LoggerService, form: Exclude<Form, 'off'>, line: Line): void {
  const { level, message, fields, context } = line;
  const tail = tailOf(level, context);
  const last = context === undefined ? [] : [context];
  if (form === 'winston') call(target, level, { ...fields, message }, tail);
  else if (form === 'pino') call(target, level, fields, [message, ...last]);
  else if (form === 'params') call(target, level, message, [fields, ...last]);
  else withParams(target, fields, () => call(target, level, message, tail));
}

/** What follows a message: in a line about an error the stack, which is not there, and the context. */
function tailOf(level: Level, context: string | undefined): unknown[] {
  if (context === undefined) return [];
  return level === 'error' ? [undefined, context] : [context];
}

/** A LoggerService may have no `debug`. */
function call(target: LoggerService, level: Level, message: unknown, rest: unknown[]): void {
  target[level]?.(message, ...rest);
}

const NAMES = [
  'group',
  'topic',
  'partition',
  'offset',
  'eventType',
  'eventId',
  'handler',
  'attempt',
  'code',
] as const satisfies readonly (keyof LogFields)[];

/** As the text of a line shows them: one line each, escaped and cut. */
function shownFields(bus: string, fields: LogFields): Record<string, string | number> {
  const shown: Record<string, string | number> = { bus };
  for (const name of NAMES) {
    const value = fields[name];
    if (value !== undefined) shown[name] = typeof value === 'string' ? outsideText(value) : value;
  }
  return shown;
}

/**
 * With `auto`, a ConsoleLogger that writes JSON gets fields, and no other logger does. With `pino` and `winston` too the lines
 * before `app.useLogger` go to a ConsoleLogger.
 */
function formFor(option: LogFieldsOption, logger: object): Form {
  if (option === 'off' || option === 'params') return option;
  if (!(logger instanceof ConsoleLogger)) return option === 'auto' ? 'off' : option;
  const { json, structuredParams } = (Reflect.get(logger, 'options') ?? {}) as ConsoleOptions;
  if (json !== true || structuredParams === false) return 'off';
  return hasParams() ? 'params' : 'jsonLine';
}

interface ConsoleOptions {
  readonly json?: boolean;
  /** Since Nest 12. */
  readonly structuredParams?: boolean;
}

let params: boolean | undefined;

/** Whether an object after the message becomes `params` of the line (Nest 12), or a line of its own (Nest 11). */
function hasParams(): boolean {
  if (params === undefined) {
    const counting = new CountingLogger({ json: true, logLevels: ['log'] });
    counting.log('', {}, '');
    params = counting.lines === 1;
  }
  return params;
}

class CountingLogger extends ConsoleLogger {
  lines = 0;

  protected override printMessages(messages: unknown[]): void {
    this.lines += messages.length;
  }
}

const REPLACER = 'stringifyReplacer';

/**
 * Nest 11 has no place for the fields of a JSON line. What it gives to JSON.stringify beside the line is a method of the
 * logger, which adds them while `log` runs.
 */
function withParams(logger: object, fields: object, log: () => void): void {
  const own = Object.getOwnPropertyDescriptor(logger, REPLACER);
  const replacer = Reflect.get(logger, REPLACER) as (key: string, value: unknown) => unknown;
  const value = function (this: unknown, key: string, given: unknown): unknown {
    const isLine = key === '' && typeof given === 'object' && given !== null;
    return replacer.call(this, key, isLine ? { ...given, params: fields } : given);
  };
  Object.defineProperty(logger, REPLACER, { configurable: true, value });
  try {
    log();
  } finally {
    if (own) Object.defineProperty(logger, REPLACER, own);
    else Reflect.deleteProperty(logger, REPLACER);
  }
}
