import { asBuffer } from '../../../common/bytes.js';
import type { OutgoingRecord } from '../../transport.interface.js';
import type {
  RedisArgument,
  RedisClientClasses,
  RedisCommand,
  RedisPipeline,
} from '../client/redis-client.js';

/**
 * Adds records to pipelines as `XADD topic MAXLEN ~ n * field value …`, without MAXLEN where they are `untrimmed`. Where the
 * client module has its command class, the bytes of a command are made here in one go, which costs less than to have
 * ioredis put some twenty arguments together.
 */
export class XaddPipeline {
  private readonly bytes: XaddBytes;
  private readonly Written: ReturnType<typeof writtenCommand> | undefined;

  constructor(
    { Command }: Pick<RedisClientClasses, 'Command'>,
    private readonly streamMaxLen: number,
  ) {
    this.bytes = new XaddBytes(streamMaxLen);
    this.Written = Command && writtenCommand(Command);
  }

  /** Returns how many bytes it adds, about. */
  add(pipeline: RedisPipeline, record: OutgoingRecord): number {
    if (this.Written === undefined || pipeline.sendCommand === undefined) {
      const args = xaddArguments(record, this.streamMaxLen);
      pipeline.callBuffer('XADD', ...args);
      return args.reduce<number>((sum, arg) => sum + (typeof arg === 'number' ? 8 : arg.length), 0);
    }
    const bytes = this.bytes.of(record);
    pipeline.sendCommand(new this.Written(record.topic, bytes));
    return bytes.length;
  }
}

/** A command that is written as it was made. Of its arguments it keeps the key, which errors and traces name. */
function writtenCommand(Command: NonNullable<RedisClientClasses['Command']>) {
  return class WrittenXadd extends Command implements RedisCommand {
    readonly #bytes: Buffer;

    constructor(topic: string, bytes: Buffer) {
      super('XADD', [topic], { replyEncoding: null });
      this.#bytes = bytes;
    }

    override toWritable(): Buffer {
      return this.#bytes;
    }
  };
}

function xaddArguments(
  { topic, attributes, untrimmed }: OutgoingRecord,
  streamMaxLen: number,
): RedisArgument[] {
  const args: RedisArgument[] = untrimmed
    ? [topic, '*']
    : [topic, 'MAXLEN', '~', streamMaxLen, '*'];
  // A stream field has no null: an attribute without a value is written empty.
  for (const [name, value] of attributes) args.push(name, value === null ? '' : asBuffer(value));
  return args;
}

const CR = 13;
const LF = 10;
const ZERO = 48;
const MOST_NAMES = 1_000;
const NOTHING = new Uint8Array();

/** Makes the bytes of XADD commands in RESP, as any client sends them: an array of bulk strings. */
export class XaddBytes {
  private readonly names = new Map<string, Buffer>();
  private topic = '';
  private fields = -1;
  private untrimmed: true | undefined;
  private start: Buffer = Buffer.alloc(0);

  constructor(private readonly streamMaxLen: number) {}

  /** A stream field has no null: an attribute without a value is written empty. */
  of({ topic, attributes, untrimmed }: OutgoingRecord): Buffer {
    const start = this.startOf(topic, attributes.length, untrimmed);
    let size = start.length;
    for (const [name, value] of attributes) {
      const length = value === null ? 0 : value.length;
      size += this.nameOf(name).length + digitsOf(length) + 2 + length + 2;
    }
    const out = Buffer.allocUnsafe(size);
    out.set(start, 0);
    let at = start.length;
    for (const [name, given] of attributes) {
      const value = given ?? NOTHING;
      const before = this.nameOf(name);
      out.set(before, at);
      at = lineOf(value.length, out, at + before.length);
      out.set(value, at);
      at += value.length;
      out[at++] = CR;
      out[at++] = LF;
    }
    return out;
  }

  /** All before the first field. */
  private startOf(topic: string, fields: number, untrimmed: true | undefined): Buffer {
    if (topic !== this.topic || fields !== this.fields || untrimmed !== this.untrimmed) {
      const limit = untrimmed ? [] : ['MAXLEN', '~', String(this.streamMaxLen)];
      const args = ['XADD', topic, ...limit, '*'];
      const count = args.length + 2 * fields;
      this.start = Buffer.from(`*${count}\r\n${args.map(bulk).join('')}`);
      this.topic = topic;
      this.fields = fields;
      this.untrimmed = untrimmed;
    }
    return this.start;
  }

  /** The name of a field, and the sign before the length of its value. */
  private nameOf(name: string): Buffer {
    let bytes = this.names.get(name);
    if (bytes === undefined) {
      if (this.names.size === MOST_NAMES) this.names.clear();
      this.names.set(name, (bytes = Buffer.from(`${bulk(name)}$`)));
    }
    return bytes;
  }
}

const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;

function digitsOf(n: number): number {
  let digits = 1;
  for (let rest = n; rest >= 10; rest = Math.floor(rest / 10)) digits++;
  return digits;
}

/** Writes a number and the end of its line; returns where that ends. */
function lineOf(n: number, out: Buffer, at: number): number {
  const end = at + digitsOf(n);
  let rest = n;
  for (let i = end - 1; i >= at; i--) {
    out[i] = ZERO + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  out[end] = CR;
  out[end + 1] = LF;
  return end + 2;
}
