import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';

/** Parts of a URL as Python's `urllib.parse` and redis-py tell them apart; decoded. */
export interface PythonUrl {
  readonly scheme: string;
  readonly username: string;
  readonly password: string;
  readonly host: string;
  readonly isBracketed: boolean;
  /** undefined: none, or 0, which redis-py takes for none. */
  readonly port: number | undefined;
  /** Still encoded. */
  readonly path: string;
  readonly query: readonly QueryPart[];
  /** What stands behind `#`. */
  readonly fragment: string;
}

export interface QueryPart {
  readonly name: string;
  readonly value: string;
  /** Whether an `@` stands in it that is not percent-encoded. */
  readonly hasAt: boolean;
}

/**
 * Takes a URL apart as Python does: a `%` that begins no code stands for itself, the last `@` before the first
 * of `/?#` ends the password, tabs and line breaks do not count. undefined where Python rejects it too.
 */
export function splitPythonUrl(text: string): PythonUrl | undefined {
  const scheme = /^(redis|rediss|unix):\/\//.exec(text)?.[1];
  if (scheme === undefined) return undefined;
  const rest = text.slice(scheme.length + 3).replace(/[\t\r\n]/g, '');
  const end = rest.search(/[/?#]/);
  const netloc = end < 0 ? rest : rest.slice(0, end);
  const [behind, fragment] = partition(end < 0 ? '' : rest.slice(end), '#');
  const [path, query] = partition(behind, '?');
  const at = netloc.lastIndexOf('@');
  const [username, password] = partition(at < 0 ? '' : netloc.slice(0, at), ':');
  // redis-py has no look at them where it is a socket.
  const place = hostAndPort(scheme === 'unix' ? '' : netloc.slice(at + 1));
  if (place === undefined || !hasSoundBrackets(netloc) || hidesMarks(netloc)) return undefined;
  return {
    scheme,
    username: unquote(username),
    password: unquote(password),
    ...place,
    path,
    query: queryParts(query),
    fragment,
  };
}

/** Percent-decoded; what is no UTF-8 becomes U+FFFD. */
export function unquote(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (codes) =>
    Buffer.from(codes.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}

function hostAndPort(text: string): Pick<PythonUrl, 'host' | 'isBracketed' | 'port'> | undefined {
  const open = text.indexOf('[');
  const [inside, after] = partition(text.slice(open + 1), ']');
  const [plain, plainPort] = partition(text, ':');
  const raw = open < 0 ? plain : inside;
  const port = open < 0 ? plainPort : partition(after, ':')[1];
  if (!/^\d*$/.test(port) || Number(port) > 65_535) return undefined;
  const zone = raw.indexOf('%');
  const host = zone < 0 ? raw.toLowerCase() : raw.slice(0, zone).toLowerCase() + raw.slice(zone);
  return { host: unquote(host), isBracketed: open >= 0, port: Number(port) || undefined };
}

/** The first brackets, wherever they are, hold an IPv6 address. */
function hasSoundBrackets(netloc: string): boolean {
  if (!/[[\]]/.test(netloc)) return true;
  if (!netloc.includes('[') || !netloc.includes(']')) return false;
  const [address] = partition(partition(netloc, '[')[1], ']');
  return isIPv6(address);
}

/** Whether it has characters that turn into `/`, `?`, `#`, `@` or `:` where a name is made comparable. */
function hidesMarks(netloc: string): boolean {
  const rest = netloc.replace(/[@:#?]/g, '');
  const normal = rest.normalize('NFKC');
  return normal !== rest && /[/?#@:]/.test(normal);
}

function queryParts(query: string): QueryPart[] {
  const seen = new Set<string>();
  return query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const [name, value] = partition(part.replaceAll('+', ' '), '=');
      return { name: unquote(name), value: unquote(value), hasAt: part.includes('@') };
    })
    .filter(({ name, value }) => {
      if (value !== '' && seen.has(name)) return false;
      if (value !== '') seen.add(name);
      return true;
    });
}

function partition(text: string, mark: string): [before: string, behind: string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

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
      throw new UrlFault('ssl_cert_reqs must be none, optional or required');
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
      if (scheme !== 'rediss')
        throw new UrlFault('it has TLS parameters without TLS (use rediss://)');
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
    throw new UrlFault('ssl_keyfile needs ssl_certfile');
  // The file of a certificate may hold its key too.
  if (tlsOptions.cert !== undefined) tlsOptions.key ??= tlsOptions.cert;
  return { options, tlsOptions, ignored };
}

/** What Python's `int` makes of a string; undefined where it rejects it. */
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
    throw new UrlFault(`the file given as ${name} cannot be read`);
  }
}

function addAuthority(tls: TlsOptions, authority: Buffer | string): void {
  tls.ca = tls.ca === undefined ? authority : [tls.ca, authority].flat();
}

function wrong(name: string): UrlFault {
  return new UrlFault(`invalid value of parameter ${name}`);
}

function unknown(name: string): UrlFault {
  return new UrlFault(`parameter ${name} is unknown or not supported`);
}

function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
