import { Writable } from 'node:stream';
import { type LoggerService, Logger as NestLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { describeStructuredLogs, isOfBus, type JsonLine } from '../support/structured-log-cases.js';
import { memoryTransport } from '../../lib/transport/memory/index.js';

// They are installed where they support both Nest and Node: with Nest 11.2, by `npm run check:nest`.
const optional = async (name: string): Promise<Record<string, never> | undefined> => {
  try {
    return (await import(name)) as Record<string, never>;
  } catch (error) {
    if (String(error).includes(name)) return undefined;
    throw error;
  }
};

interface NestjsPino {
  readonly Logger: new () => LoggerService;
  readonly LoggerModule: { forRoot(params: object): never };
}
interface NestWinston {
  readonly WinstonModule: { createLogger(options: object): LoggerService };
}
interface Winston {
  readonly format: { json(): object };
  readonly transports: { readonly Stream: new (options: object) => object };
}

const pino = (await optional('nestjs-pino')) as NestjsPino | undefined;
const winston = (await optional('winston')) as Winston | undefined;
const nestWinston = (await optional('nest-winston')) as NestWinston | undefined;

/** Standard output as it is when a line is written: the cases replace it. */
const stdout = new Writable({
  write(chunk: Buffer, _, done) {
    process.stdout.write(chunk);
    done();
  },
});

const all = (): ReturnType<typeof memoryTransport> => memoryTransport();

if (pino) {
  const { Logger, LoggerModule } = pino;
  describeStructuredLogs('in memory', all, {
    name: 'nestjs-pino',
    options: { logFields: 'pino' },
    imports: [LoggerModule.forRoot({ pinoHttp: [{}, stdout] })],
    async start(root) {
      const app = await NestFactory.createApplicationContext(root, {
        ...{ bufferLogs: true, abortOnError: false },
      });
      app.useLogger(app.get(Logger));
      return app;
    },
    read(line): JsonLine | undefined {
      const { level, context, msg, time, pid, hostname, ...fields } = JSON.parse(line) as Record<
        string,
        unknown
      >;
      if (!isOfBus(context)) return undefined;
      expect([typeof time, typeof pid, typeof hostname]).toEqual(['number', 'number', 'string']);
      return { level, context, message: msg as string, fields };
    },
  });
} else
  describe.skip('structured logs with nestjs-pino, which is not installed beside this Nest', () =>
    it('', () => undefined));

if (winston && nestWinston) {
  const { format, transports } = winston;
  describeStructuredLogs('in memory', all, {
    name: 'nest-winston',
    options: { logFields: 'winston' },
    imports: [],
    start: (root) =>
      NestFactory.createApplicationContext(root, {
        logger: nestWinston.WinstonModule.createLogger({
          ...{ level: 'debug', format: format.json() },
          transports: [new transports.Stream({ stream: stdout })],
        }),
        abortOnError: false,
      }),
    read(line): JsonLine | undefined {
      const { level, context, message, stack, ...fields } = JSON.parse(line) as Record<
        string,
        unknown
      >;
      if (!isOfBus(context)) return undefined;
      // The stack of a line about an error, which has none.
      expect(stack ?? [null]).toEqual([null]);
      return { level, context, message: message as string, fields };
    },
  });
} else
  describe.skip('structured logs with nest-winston, which is not installed beside this Nest', () =>
    it('', () => undefined));

afterAll(() => NestLogger.overrideLogger(false));
