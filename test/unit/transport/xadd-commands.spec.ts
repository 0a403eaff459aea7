import { jest } from '@jest/globals';
import { Command } from 'ioredis';
import { Command as Command5 } from 'ioredis-5';
import type {
  RedisArgument,
  RedisClientClasses,
  RedisCommand,
} from '../../../lib/transport/redis/client/redis-client.js';
import { XaddBytes, XaddPipeline } from '../../../lib/transport/redis/publishing/xadd-pipeline.js';
import type { OutgoingRecord } from '../../../lib/transport/transport.interface.js';

type CommandClass = NonNullable<RedisClientClasses['Command']>;

const versions: [string, CommandClass][] = [
  ['ioredis 6', Command],
  ['ioredis 5', Command5],
];

function record(topic: string, attributes: [string, Uint8Array | null][]): OutgoingRecord {
  return { topic, key: null, attributes, value: new Uint8Array() };
}

const ofLength = (length: number): Buffer => Buffer.alloc(length, 0xfe);
const records: [string, OutgoingRecord][] = [
  ['no field', record('t', [])],
  ['a field without a value', record('t', [['a', null]])],
  ['an empty value', record('t', [['a', ofLength(0)]])],
  ['a non-ASCII topic, name and value', record('größe', [['naïve', Buffer.from('日本')]])],
  ['no limit', { ...record('t', [['a', ofLength(3)]]), untrimmed: true }],
  ['bytes that are no text', record('t', [['a', Buffer.from([0, 13, 10, 0xff, 0x80])]])],
  ['a plain byte array', record('t', [['a', new Uint8Array([1, 2, 3])]])],
  ...[9, 10, 99, 100, 1_000, 65_536].map((length): [string, OutgoingRecord] => [
    `a value of ${length} bytes`,
    record('t', [['a', ofLength(length)]]),
  ]),
];

/** What ioredis itself writes for the arguments. */
function written(CommandOf: CommandClass, args: RedisArgument[]): Buffer {
  const parts = new CommandOf('XADD', args, {}).toWritable({});
  return Buffer.isBuffer(parts) ? parts : Buffer.from(parts);
}

function argumentsOf({ topic, attributes, untrimmed }: OutgoingRecord): RedisArgument[] {
  const fields = attributes.flatMap(([name, value]) => [name, Buffer.from(value ?? [])]);
  return [topic, ...(untrimmed ? [] : ['MAXLEN', '~', '500']), '*', ...fields];
}

describe.each(versions)('the bytes of an XADD are those of %s', (_, CommandOf) => {
  it.each(records)('for %s', (_name, of) => {
    const made = new XaddBytes(500).of(of);
    expect(made.toString('hex')).toBe(written(CommandOf, argumentsOf(of)).toString('hex'));
  });

  it('when topics and numbers of fields alternate', () => {
    const bytes = new XaddBytes(500);
    for (const [, of] of [...records, ...records.toReversed(), ...records])
      expect(bytes.of(of).equals(written(CommandOf, argumentsOf(of)))).toBe(true);
  });

  it('when there are more names of fields than are remembered', () => {
    const bytes = new XaddBytes(500);
    for (let i = 0; i < 2_500; i++) {
      const of = record('t', [[`name-${i % 1_300}`, Buffer.from('v')]]);
      expect(bytes.of(of).equals(written(CommandOf, argumentsOf(of)))).toBe(true);
    }
  });

  it('as a command of the pipeline that names its key', () => {
    const sendCommand = jest.fn<(command: RedisCommand) => unknown>();
    const callBuffer = jest.fn();
    new XaddPipeline({ Command: CommandOf }, 500).add(
      { sendCommand, callBuffer, exec: () => Promise.resolve([]) },
      records[3]![1],
    );
    const command = sendCommand.mock.calls[0]![0] as RedisCommand & { name: string; args: unknown };
    expect(command).toBeInstanceOf(CommandOf);
    expect([command.name.toUpperCase(), command.args]).toEqual(['XADD', ['größe']]);
    expect(command.toWritable({})).toEqual(written(CommandOf, argumentsOf(records[3]![1])));
    expect(callBuffer).not.toHaveBeenCalled();
  });
});

it('hands the arguments to a client that has no command class', () => {
  const callBuffer = jest.fn();
  const sendCommand = jest.fn();
  new XaddPipeline({}, 500).add(
    { sendCommand, callBuffer, exec: () => Promise.resolve([]) },
    record('t', [
      ['a', Buffer.from('v')],
      ['b', null],
    ]),
  );
  expect(callBuffer).toHaveBeenCalledWith(
    ...['XADD', 't', 'MAXLEN', '~', 500, '*', 'a', Buffer.from('v'), 'b', ''],
  );
  expect(sendCommand).not.toHaveBeenCalled();
});

it('hands over no limit for what is not to be trimmed', () => {
  const callBuffer = jest.fn();
  new XaddPipeline({}, 500).add(
    { callBuffer, exec: () => Promise.resolve([]) },
    { ...record('t', [['a', Buffer.from('v')]]), untrimmed: true },
  );
  expect(callBuffer).toHaveBeenCalledWith('XADD', 't', '*', 'a', Buffer.from('v'));
});
