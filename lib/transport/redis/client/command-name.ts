import type { RedisArgument } from './redis-client.js';

const CONTAINERS = new Set(['CLIENT', 'XGROUP', 'XINFO']);
const KEYLESS = new Set(['CLIENT', 'INFO', 'PING', 'SCAN', 'TIME']);

/** A command and the keys that it is about, for messages: no other argument of it is shown. */
export function commandName(command: string, args: readonly RedisArgument[]): string {
  const words = CONTAINERS.has(command) ? `${command} ${String(args[0])}` : command;
  const keys = keysOf(command, args).map(String);
  return keys.length === 0 ? words : `${words} on ${keys.join(', ')}`;
}

function keysOf(command: string, args: readonly RedisArgument[]): readonly RedisArgument[] {
  if (KEYLESS.has(command)) return [];
  if (command === 'EVAL') return args.slice(2, 2 + Number(args[1]));
  if (CONTAINERS.has(command)) return args.slice(1, 2);
  const streams = args.indexOf('STREAMS') + 1;
  return streams > 0 ? args.slice(streams, (streams + args.length) / 2) : args.slice(0, 1);
}
