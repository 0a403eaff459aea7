import { ConsoleLogger, Logger, type LoggerService, Module } from '@nestjs/common';
import { takesFields } from '../../lib/common/log-fields.js';
import { loggerOf } from '../../lib/event-bus.logger.js';
import { EventBusModule } from '../../lib/event-bus.module.js';
import type { EventBusOptions } from '../../lib/event-bus.options.js';
import { WrittenLines } from '../support/written-lines.js';
import { busOptions } from './support/bus-application.js';
import { problemsOf } from './support/starting.js';

const FIELDS = { group: 'crm', topic: 'enrolments', attempt: 2 };
const SHOWN = { bus: 'default', ...FIELDS };

/** A logger that Nest does not know: how it was called. */
class Calls implements LoggerService {
  readonly made: unknown[][] = [];
  log(...call: unknown[]): void {
    this.made.push(['log', ...call]);
  }
  warn(...call: unknown[]): void {
    this.made.push(['warn', ...call]);
  }
  error(...call: unknown[]): void {
    this.made.push(['error', ...call]);
  }
  debug(...call: unknown[]): void {
    this.made.push(['debug', ...call]);
  }
}

function writeTo(logger: LoggerService, options: Partial<EventBusOptions> = {}): void {
  Logger.overrideLogger(logger);
  const log = loggerOf(options, 'default');
  log.warn('a warning', FIELDS);
  log.error('an error', FIELDS);
  log.log('a line');
}

/** What the console shows of them, without colours and times. */
function shownBy(logger: LoggerService, options: Partial<EventBusOptions> = {}): string[] {
  const written = new WrittenLines();
  try {
    writeTo(logger, options);
    return written.lines;
  } finally {
    written.end();
  }
}

const paramsOf = (line: string): unknown => (JSON.parse(line) as { params?: unknown }).params;

afterEach(() => Logger.overrideLogger(new ConsoleLogger()));

describe('the fields of log lines', () => {
  it('are not given to a logger of the application, unless logFields says so', () => {
    const calls = new Calls();
    writeTo(calls);
    expect(calls.made).toEqual([
      ['warn', 'a warning', 'EventBus'],
      ['error', 'an error', undefined, 'EventBus'],
      ['log', 'a line', 'EventBus'],
    ]);
  });

  it.each<[NonNullable<EventBusOptions['logFields']>, unknown[][]]>([
    [
      'off',
      [
        ['warn', 'a warning', 'EventBus'],
        ['error', 'an error', undefined, 'EventBus'],
        ['log', 'a line', 'EventBus'],
      ],
    ],
    [
      'params',
      [
        ['warn', 'a warning', SHOWN, 'EventBus'],
        ['error', 'an error', SHOWN, 'EventBus'],
        ['log', 'a line', { bus: 'default' }, 'EventBus'],
      ],
    ],
    [
      'pino',
      [
        ['warn', SHOWN, 'a warning', 'EventBus'],
        ['error', SHOWN, 'an error', 'EventBus'],
        ['log', { bus: 'default' }, 'a line', 'EventBus'],
      ],
    ],
    [
      'winston',
      [
        ['warn', { ...SHOWN, message: 'a warning' }, 'EventBus'],
        ['error', { ...SHOWN, message: 'an error' }, undefined, 'EventBus'],
        ['log', { bus: 'default', message: 'a line' }, 'EventBus'],
      ],
    ],
  ])('with logFields %j are given in this form', (logFields, made) => {
    const calls = new Calls();
    writeTo(calls, { logFields });
    expect(calls.made).toEqual(made);
  });

  it('go to the option logger in the same forms, without a context of Nest', () => {
    const made = (logFields?: EventBusOptions['logFields']): unknown[] => {
      const logger = new Calls();
      loggerOf({ logger, ...(logFields && { logFields }) }, 'crm').error('an error', FIELDS);
      return logger.made[0]!;
    };
    const shown = { ...SHOWN, bus: 'crm' };
    expect(made()).toEqual(['error', 'an error']);
    expect(made('params')).toEqual(['error', 'an error', shown]);
    expect(made('winston')).toEqual(['error', { ...shown, message: 'an error' }]);
    // The last argument is the context for nestjs-pino.
    expect(made('pino')).toEqual(['error', shown, 'an error', 'EventBus crm']);
  });

  it('are not in the text of the console', () => {
    const console = new ConsoleLogger({ colors: false });
    const lines = shownBy(console).map((line) => line.replace(/^.*(LOG|WARN|ERROR) /, '$1 '));
    expect(lines).toEqual([
      'WARN [EventBus] a warning',
      'ERROR [EventBus] an error',
      'LOG [EventBus] a line',
    ]);
  });

  it('for nestjs-pino do not spoil the text of the console, before the application has its logger', () => {
    const console = new ConsoleLogger({ colors: false });
    const lines = shownBy(console, { logFields: 'pino' });
    expect(lines.map((line) => line.replace(/^.*\[EventBus\] /, ''))).toEqual([
      ...['a warning', 'an error', 'a line'],
    ]);
  });

  it('are params of the JSON of the console, beside the text', () => {
    const lines = shownBy(new ConsoleLogger({ json: true })).map(
      (line) => JSON.parse(line) as Record<string, unknown>,
    );
    const shown = lines.map(({ level, context, message, params }) => [
      ...[level, context, message, params],
    ]);
    expect(shown).toEqual([
      ['warn', 'EventBus', 'a warning', SHOWN],
      ['error', 'EventBus', 'an error', SHOWN],
      ['log', 'EventBus', 'a line', { bus: 'default' }],
    ]);
    for (const line of lines) expect(Object.keys(line)).not.toContain('stack');
  });

  it('are params too of a console that is given as option logger, also through a Logger', () => {
    const shown = (logger: EventBusOptions['logger']): string[] => {
      const written = new WrittenLines();
      loggerOf({ logger }, 'default').warn('a warning', FIELDS);
      written.end();
      return written.lines;
    };
    expect(shown(new ConsoleLogger('Mine', { json: true })).map(paramsOf)).toEqual([SHOWN]);
    Logger.overrideLogger(new ConsoleLogger({ json: true }));
    const [line, ...others] = shown(new Logger('Mine'));
    expect(others).toEqual([]);
    expect(JSON.parse(line!)).toMatchObject({ context: 'Mine', params: SHOWN });
  });

  it('leave the console as it was, for the lines of others', () => {
    const console = new ConsoleLogger({ json: true });
    const before = Object.getOwnPropertyNames(console);
    shownBy(console);
    expect(Object.getOwnPropertyNames(console)).toEqual(before);
    const written = new WrittenLines();
    console.warn('of another library', 'Other');
    written.end();
    expect(paramsOf(written.lines[0]!)).toBeUndefined();
  });

  it('are escaped and cut as the text is, and those without a value are absent', () => {
    const calls = new Calls();
    const log = loggerOf({ logger: calls, logFields: 'params' }, 'default');
    const topic = `a\n${'t'.repeat(1_000_000)}`;
    log.warn('a warning', { topic, eventId: '\u202e', group: undefined });
    expect(calls.made).toEqual([
      [
        ...['warn', 'a warning'],
        {
          bus: 'default',
          topic: `a\\n${'t'.repeat(254)}… (1000002 characters)`,
          eventId: '\\u202e',
        },
      ],
    ]);
  });

  it('are only those that are documented, whatever a transport passes', () => {
    const calls = new Calls();
    const log = loggerOf({ logger: calls, logFields: 'params' }, 'default');
    log.warn('a warning', { topic: 't', data: 'secret', bus: 'another' } as object);
    expect(calls.made[0]![2]).toEqual({ bus: 'default', topic: 't' });
  });

  it('are not made where the logger does not take them', () => {
    const takes = (logger: LoggerService, logFields?: EventBusOptions['logFields']): boolean => {
      Logger.overrideLogger(logger);
      return takesFields(loggerOf({ ...(logFields && { logFields }) }, 'default'));
    };
    expect(takes(new ConsoleLogger())).toBe(false);
    expect(takes(new Calls())).toBe(false);
    expect(takes(new ConsoleLogger({ json: true }))).toBe(true);
    expect(takes(new ConsoleLogger({ json: true }), 'off')).toBe(false);
    expect(takes(new Calls(), 'pino')).toBe(true);
  });

  it('are kept with lines that are kept until the application has its logger', () => {
    Logger.attachBuffer();
    const log = loggerOf({}, 'default');
    expect(takesFields(log)).toBe(true);
    log.warn('a warning', FIELDS);
    log.error('an error', FIELDS);
    Logger.overrideLogger(new ConsoleLogger({ json: true }));
    const written = new WrittenLines();
    Logger.flush();
    written.end();
    expect(written.lines.map(paramsOf)).toEqual([SHOWN, SHOWN]);
  });

  it('are left out of kept lines if that logger writes text', () => {
    Logger.attachBuffer();
    loggerOf({}, 'default').error('an error', FIELDS);
    const calls = new Calls();
    Logger.overrideLogger(calls);
    Logger.flush();
    expect(calls.made).toEqual([['error', 'an error', undefined, 'EventBus']]);
  });

  it('go nowhere with the lines of an application that has no logger', () => {
    Logger.overrideLogger(false);
    const written = new WrittenLines();
    const log = loggerOf({}, 'default');
    log.error('an error', FIELDS);
    loggerOf({ logFields: 'pino' }, 'default').error('an error', FIELDS);
    written.end();
    expect([takesFields(log), written.lines]).toEqual([false, []]);
  });

  it('have a form that is checked at the start', async () => {
    const logFields = 'json' as 'params';
    @Module({ imports: [EventBusModule.forRoot(busOptions({ logFields }))] })
    class Application {}
    expect(await problemsOf(Application)).toEqual([
      {
        setting: 'logFields',
        found: "'json'",
        allowed: 'auto, off, params, pino or winston',
      },
    ]);
  });
});
