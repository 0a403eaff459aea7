import { isIPv6 } from 'node:net';

/** One of the brokers to ask first, in the grammar of librdkafka: `[protocol://]host[:port]`. */
export interface BrokerAddress {
  /** `host:port`, an IPv6 address in brackets. */
  readonly address: string;
  /** The security protocol that is named, in capitals. */
  readonly protocol: string | undefined;
}

const SECURITY_PROTOCOLS = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;
export type SecurityProtocol = (typeof SECURITY_PROTOCOLS)[number];

/** What is allowed as brokers, for a problem of a setting. */
export const BROKERS =
  'host:port of one or more brokers, separated by commas (default port 9092); a protocol before a host must match the other settings: SASL_SSL:// (with API key and secret, or the options sasl and ssl), PLAINTEXT:// (with neither), SASL_PLAINTEXT:// or SSL://';

const DEFAULT_PORT = 9092;

export function securityProtocol(logsOn: boolean, overTls: boolean): SecurityProtocol {
  if (logsOn) return overTls ? 'SASL_SSL' : 'SASL_PLAINTEXT';
  return overTls ? 'SSL' : 'PLAINTEXT';
}

/** Without a port it is 9092, without a host `localhost`. undefined for what cannot be understood. */
export function brokerAddress(text: string): BrokerAddress | undefined {
  const [, name, rest] = /^([\w-]+):\/\/([^/]*)(?:\/[^@]*)?$/.exec(text) ?? [];
  const protocol = name?.toUpperCase();
  if (protocol !== undefined && !SECURITY_PROTOCOLS.some((known) => known === protocol))
    return undefined;
  const place = hostAndPort(rest ?? text);
  return place === undefined ? undefined : { address: place, protocol };
}

/** The members of a list, or of a string separated by commas, without blank ones. */
export function listedBrokers(value: unknown): string[] {
  const members: unknown = typeof value === 'string' ? value.split(',') : value;
  return (Array.isArray(members) ? members : [])
    .map((member: unknown) => (typeof member === 'string' ? member.trim() : '?'))
    .filter((member) => member !== '');
}

function hostAndPort(text: string): string | undefined {
  if (isIPv6(text)) return `[${text}]:${DEFAULT_PORT}`;
  const found = /^(\[[^\]]*\]|[^\s:/@?#[\]]*)(?::(\d{1,5}))?$/.exec(text);
  if (!found || text === '') return undefined;
  const [, host = '', port = `${DEFAULT_PORT}`] = found;
  if (host.startsWith('[') && !isIPv6(host.slice(1, -1))) return undefined;
  if (Number(port) < 1 || Number(port) > 65_535) return undefined;
  return `${host || 'localhost'}:${Number(port)}`;
}
