import { asBuffer } from '../../../common/as-buffer.js';
import type { OutgoingRecord } from '../../transport.interface.js';
import type {
  RedisArgument,
  RedisClientClasses,
  RedisCommand,
  RedisPipeline,
} from '../client/redis-client.js';
import { XaddBytes } from './xadd-bytes.js';

/**
 * Adds records to pipelines as `XADD topic MAXLEN ~ n * field value …`. Where the client module has
 * its command class, the bytes of a command are made here in one go, which costs less than to have
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
  { topic, attributes }: OutgoingRecord,
  streamMaxLen: number,
): RedisArgument[] {
  const args: RedisArgument[] = [topic, 'MAXLEN', '~', streamMaxLen, '*'];
  // A stream field has no null: an attribute without a value is written empty.
  for (const [name, value] of attributes) args.push(name, value === null ? '' : asBuffer(value));
  return args;
}
