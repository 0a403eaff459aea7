import { readFileSync } from 'node:fs';
import type { QueryPart } from './python-url.js';

/** What is wrong with a URL, without anything of it. */
export class UrlFault extends Error {}

/** The parameters of a URL as ioredis has them. */
export interface UrlOptions {
  host?: string;
  port?: number;
  path?: string;
  db?: number;
  username?: string;
  password?: string;
  connectionName?: string;
  connectTimeout?: number;
  keepAlive?: number | null;
  protocol?: number;
}

type Check = (value: string) => boolean;
const anything: Check = () => true;
const integer: Check = (value) => pythonInteger(value) !== undefined;
const decimal: Check = (value) => pythonFloat(value) !== undefined;

/** Parameters of redis-py that tune its own client, and the values that it takes. */
const WITHOUT_EFFECT = new Map<string, Check>([
  ['socket_timeout', decimal],
  ['socket_read_size', integer],
  ['retry_on_timeout', anything],
  ['retry_on_error', anything],
  ['max_connections', (value) => (pythonInteger(value) ?? -1) >= 0],
  ['health_check_interval', integer],
  ['encoding', anything],
  ['encoding_errors', anything],
  ['decode_responses', anything],
  ['legacy_responses', anything],
  ['lib_name', anything],
  ['lib_version', anything],
]);

/** Names of redis-py, so that showing one gives nothing away. */
const REFUSED = new Set([
  ...['timeout', 'retry', 'socket_type', 'socket_keepalive_options', 'parser_class'],
  ...['ssl_ca_path', 'ssl_include_verify_flags', 'ssl_exclude_verify_flags', 'ssl_validate_ocsp'],
  ...['ssl_validate_ocsp_stapled', 'ssl_ocsp_context', 'ssl_ocsp_expected_cert', 'ssl'],
  ...['credential_provider', 'driver_info', 'redis_connect_func', 'command_packer'],
  ...['connection_class', 'cache', 'cache_config', 'cache_factory', 'event_dispatcher'],
  ...['maint_notifications_config', 'unix_socket_path', 'single_connection_client'],
]);

const OF_HOSTS = new Set(['host', 'port', 'socket_keepalive']);

const TLS_VERSIONS = new Map([
  [769, 'TLSv1'],
  [770, 'TLSv1.1'],
  [771, 'TLSv1.2'],
  [772, 'TLSv1.3'],
]);

/** The parameters of redis-py that have a counterpart in ioredis. */
const MAPPED: Readonly<Record<string, (value: string, options: UrlOptions) => void>> = {
  host: (value, options) => {
    if (!/^[\p{L}\p{M}\p{N}_.:-]+$/u.test(value)) throw wrong('host');
    options.host = value;
  },
  port: (value, options) => (options.port = within('port', value, 1, 65_535)),
  path: (value, options) => (options.path = value),
  db: (value, options) => (options.db = within('db', value, 0, 2 ** 31 - 1)),
  username: (value, options) => (options.username = value),
  password: (value, options) => (options.password = value),
  client_name: (value, options) => (options.connectionName = value),
  protocol: (value, options) => (options.protocol = within('protocol', value, 2, 3)),
  socket_keepalive: (value, options) => (options.keepAlive = isTrue(value) ? 30_000 : null),
  socket_connect_timeout: (value, options) => {
    const ms = Math.ceil((pythonFloat(value) ?? NaN) * 1_000);
    if (!(ms > 0 && ms < 2 ** 31)) throw wrong('socket_connect_timeout');
    options.connectTimeout = ms;
  },
};

type TlsOptions = Record<string, unknown>;

const MAPPED_TLS: Readonly<Record<string, (value: string, tls: TlsOptions) => void>> = {
  ssl_cert_reqs: (value, tls) => {
    if (!['none', 'optional', 'required'].includes(value))
      throw new UrlFault('ssl_cert_reqs is not none, optional or required');
    if (value === 'none') tls.rejectUnauthorized = false;
  },
  ssl_check_hostname: (value, tls) => {
    if (!isTrue(value)) tls.checkServerIdentity = () => undefined;
  },
  ssl_certfile: (value, tls) => (tls.cert = fileOf('ssl_certfile', value)),
  ssl_keyfile: (value, tls) => (tls.key = fileOf('ssl_keyfile', value)),
  ssl_password: (value, tls) => (tls.passphrase = value),
  ssl_ca_certs: (value, tls) => addAuthority(tls, fileOf('ssl_ca_certs', value)),
  ssl_ca_data: (value, tls) => addAuthority(tls, value),
  ssl_min_version: (value, tls) => {
    const version = TLS_VERSIONS.get(pythonInteger(value) ?? 0);
    if (version === undefined) throw wrong('ssl_min_version');
    tls.minVersion = version;
  },
  ssl_ciphers: (value, tls) => (tls.ciphers = value),
};

/** Reads the query of a URL. Throws UrlFault, which names the parameter where redis-py has one of its name. */
export function readParameters(
  query: readonly QueryPart[],
  scheme: string,
): { options: UrlOptions; tlsOptions: TlsOptions; ignored: string[] } {
  const options: UrlOptions = {};
  const tlsOptions: TlsOptions = {};
  const ignored: string[] = [];
  for (const { name, value } of query) {
    const plain = own(MAPPED, name);
    const ofTls = own(MAPPED_TLS, name);
    const check = WITHOUT_EFFECT.get(name);
    const isKnown = Boolean(plain ?? ofTls ?? check);
    if (!isKnown) throw unknown(REFUSED.has(name) ? name : '(hidden)');
    if (value === '') continue;
    if (ofTls) {
      if (scheme !== 'rediss') throw new UrlFault('the query has TLS parameters, without TLS');
      ofTls(value, tlsOptions);
    } else if (plain) {
      if (scheme === 'unix' ? OF_HOSTS.has(name) : name === 'path') throw unknown(name);
      plain(value, options);
    } else {
      if (!check!(value)) throw wrong(name);
      ignored.push(name);
    }
  }
  if (tlsOptions.key !== undefined && tlsOptions.cert === undefined)
    throw new UrlFault('ssl_keyfile is without ssl_certfile');
  // The file of a certificate may hold its key too.
  if (tlsOptions.cert !== undefined) tlsOptions.key ??= tlsOptions.cert;
  return { options, tlsOptions, ignored };
}

/** What Python's `int` makes of a text; undefined where it refuses it. */
export function pythonInteger(text: string): number | undefined {
  return /^\s*[+-]?\d+(?:_\d+)*\s*$/.test(text) ? Number(text.replaceAll('_', '')) : undefined;
}

function pythonFloat(text: string): number | undefined {
  if (/^\s*[+-]?(?:inf|infinity|nan)\s*$/i.test(text)) return NaN;
  const digits = text.replace(/(\d)_(?=\d)/g, '$1');
  return /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(digits)
    ? Number(digits)
    : undefined;
}

/** What redis-py takes for true. */
function isTrue(value: string): boolean {
  return !['0', 'F', 'FALSE', 'N', 'NO'].includes(value.toUpperCase());
}

function within(name: string, value: string, least: number, most: number): number {
  const number = pythonInteger(value);
  if (number === undefined || number < least || number > most) throw wrong(name);
  return number;
}

function fileOf(name: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    throw new UrlFault(`the file of ${name} is not readable`);
  }
}

function addAuthority(tls: TlsOptions, authority: Buffer | string): void {
  tls.ca = tls.ca === undefined ? authority : [tls.ca, authority].flat();
}

function wrong(name: string): UrlFault {
  return new UrlFault(`the value of the parameter ${name} is not one that it takes`);
}

function unknown(name: string): UrlFault {
  return new UrlFault(`the parameter ${name} is unknown, or has no counterpart here`);
}

function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
