import { readFileSync } from 'node:fs';
import type { ConfigurationProblem } from '../../errors/index.js';

const ALLOWED =
  'redis://[user]:[password]@host:port/db, rediss://… for TLS, or unix:///path; query: db, ssl_cert_reqs, ssl_ca_certs; in user and password percent-encode what is no letter or digit';
/** Of redis-py, so that naming one gives nothing away. */
const NOT_TAKEN = new Set([
  ...['password', 'username', 'client_name', 'protocol', 'timeout', 'max_connections'],
  ...['socket_timeout', 'socket_connect_timeout', 'socket_keepalive', 'retry_on_timeout'],
  ...['retry_on_error', 'health_check_interval', 'ssl_check_hostname', 'ssl_keyfile'],
  ...['ssl_certfile', 'ssl_password', 'encoding', 'decode_responses'],
]);
const HOST = /^(?:[\w.-]+|\[[0-9a-f:.]+\])?$/i;

export interface RedisAddress {
  readonly options: Readonly<Record<string, unknown>>;
  readonly problems: readonly ConfigurationProblem[];
}

/**
 * The ioredis options that a connection URL says, in the grammar of redis-py (the same setting serves
 * Python services). `tls`: further TLS options of the application. A problem says what is wrong, and shows
 * nothing of the URL: in one that is not understood any part may belong to a password.
 */
export function parseRedisUrl(url: string, setting: string, tls: object = {}): RedisAddress {
  const refuse = (why: string): RedisAddress => ({
    options: {},
    problems: [{ setting, found: `a URL (hidden) of which ${why}`, allowed: ALLOWED }],
  });
  if (!URL.canParse(url)) return refuse('host and port cannot be told: not a URL');
  const parsed = new URL(url);
  const secure = parsed.protocol === 'rediss:';
  const isSocket = parsed.protocol === 'unix:';
  if (!secure && !isSocket && parsed.protocol !== 'redis:') return refuse('the scheme is unknown');
  if (parsed.hash !== '') return refuse('a part stands behind an unescaped #');
  if (!isSocket && /@/.test(parsed.pathname + parsed.search))
    return refuse('an @ stands behind host and port');
  if (!HOST.test(parsed.hostname)) return refuse('the host is no name or address');
  try {
    const query = Object.fromEntries(parsed.searchParams);
    const { db: queryDb, ssl_cert_reqs: verify, ssl_ca_certs: caFile, ...unknown } = query;
    const [surplus] = Object.keys(unknown);
    if (surplus !== undefined)
      return refuse(`the parameter ${NOT_TAKEN.has(surplus) ? surplus : '(hidden)'} is unknown`);
    if (!secure && (verify ?? caFile) !== undefined)
      return refuse('the query has TLS parameters, without TLS');
    const db = queryDb ?? (isSocket ? '' : parsed.pathname.slice(1));
    if (!/^\d*$/.test(db)) return refuse('the database is not a number');
    const options = {
      ...(isSocket
        ? { path: decodeURIComponent(parsed.pathname) }
        : { host: hostOf(parsed), port: Number(parsed.port || 6379) }),
      ...(parsed.username && { username: decodeURIComponent(parsed.username) }),
      ...(parsed.password && { password: decodeURIComponent(parsed.password) }),
      ...(db && { db: Number(db) }),
      ...(secure && {
        tls: {
          ...(verify === 'none' && { rejectUnauthorized: false }),
          ...(caFile !== undefined && { ca: readFileSync(caFile) }),
          ...tls,
        },
      }),
    };
    return { options, problems: [] };
  } catch (error) {
    return refuse(
      error instanceof URIError
        ? 'the percent-encoding is wrong'
        : 'the file of ssl_ca_certs is not readable',
    );
  }
}

function hostOf({ hostname }: URL): string {
  return decodeURIComponent(hostname).replace(/^\[(.*)\]$/, '$1') || 'localhost';
}
