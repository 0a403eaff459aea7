import { BlockList, isIP } from 'node:net';
import type { EventBusLogger } from '../wire-format.interface.js';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');
LOOPBACK.addSubnet('::ffff:127.0.0.0', 104, 'ipv6');

/** A name in any script, or an address; nothing that parts a user or a path from it. */
const HOST = /^(?:[\p{L}\p{M}\p{N}_.-]{1,253}|\[?[0-9a-f:.]{2,45}(?:%[\w.-]{1,32})?\]?)$/iu;

/** Credentials that travel without TLS. */
export interface ClearCredentials {
  /** What is sent, and which option or setting it comes from, after `Sending`: `the Redis password …`. */
  readonly what: string;
  readonly hosts: readonly string[];
  /** What to do about it. */
  readonly remedy: string;
}

/** One warning for credentials that leave this machine without TLS; none for the loopback addresses. */
export function warnOfClearText(
  bus: string,
  logger: EventBusLogger,
  { what, hosts, remedy }: ClearCredentials,
): void {
  const beyond = [...new Set(hosts)].filter((host) => !isLoopback(host));
  if (beyond.length === 0) return;
  const names = beyond.map((host) => (HOST.test(host) ? host : '(hidden)'));
  const shown = names.slice(0, 5).join(', ') + (names.length > 5 ? ', …' : '');
  logger.warn(`[${bus}] Sending ${what} without TLS to ${shown}: ${remedy}`);
}

/** 127.0.0.0/8 however it is written, ::1, `localhost` and what ends with `.localhost`. */
export function isLoopback(host: string): boolean {
  const bare = wholeAddress(host.replace(/^\[(.*)\]$/, '$1'));
  const version = isIP(bare);
  if (version) return LOOPBACK.check(bare, version === 4 ? 'ipv4' : 'ipv6');
  return /^(?:[^@/]{1,250}\.)?localhost\.?$/i.test(bare);
}

/** Short, hexadecimal and octal forms of an IPv4 address (`127.1`) as four numbers, as a resolver reads them. */
function wholeAddress(host: string): string {
  if (!/^[\da-fx.]{1,64}$/i.test(host) || !URL.canParse(`http://${host}`)) return host;
  return new URL(`http://${host}`).hostname;
}

/** The host of `host:port`. */
export function hostIn(address: string): string {
  return address.replace(/:\d+$/, '');
}
