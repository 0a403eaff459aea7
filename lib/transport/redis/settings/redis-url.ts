import { seePage } from '../../../errors/documentation.js';
import type { ConfigurationProblem } from '../../../errors/index.js';
import {
  splitPythonUrl,
  type PythonUrl,
  unquote,
  pythonInteger,
  readParameters,
  UrlFault,
} from './url-parameters.js';

const ALLOWED =
  'redis://[user]:[password]@host:port/db, rediss://… for TLS, or unix:///path; every character of user and password that is not a letter or digit must be percent-encoded' +
  seePage('redis.md');
const NAME = /^[\p{L}\p{M}\p{N}_.-]*$/u;
const ADDRESS = /^[0-9a-f:.]+(?:%[\w.-]+)?$/i;
/** Any text may be their value. */
const WITH_AT = new Set(['username', 'password', 'client_name']);

export interface RedisAddress {
  readonly options: Readonly<Record<string, unknown>>;
  readonly problems: readonly ConfigurationProblem[];
  /** What has no effect here, in sentences that show nothing of the URL but names of redis-py's parameters. */
  readonly warnings: readonly string[];
}

/**
 * The ioredis options that a connection URL says, in the grammar of redis-py (the same setting serves
 * Python services). `tls`: further TLS options of the application. A problem says what is wrong, and shows
 * nothing of the URL: in one that is not understood any part may belong to a password.
 */
export function parseRedisUrl(url: string, setting: string, tls: object = {}): RedisAddress {
  try {
    return { ...addressOf(url, tls), problems: [] };
  } catch (error) {
    if (!(error instanceof UrlFault)) throw error;
    const found = `an invalid URL (hidden): ${error.message}`;
    return { options: {}, warnings: [], problems: [{ setting, found, allowed: ALLOWED }] };
  }
}

function addressOf(url: string, tls: object): Omit<RedisAddress, 'problems'> {
  if (!/^(?:rediss?|unix):\/\//.test(url))
    throw new UrlFault(/^\w+:\/\//.test(url) ? 'unknown scheme' : 'host and port not recognized');
  if (/#[^]/.test(url)) throw new UrlFault('it contains an unescaped #');
  const parts = splitPythonUrl(url);
  if (parts === undefined) throw new UrlFault('host and port not recognized');
  const { scheme, query } = parts;
  const isSocket = scheme === 'unix';
  const hasAt = query.some(({ name, hasAt }) => hasAt && !WITH_AT.has(name));
  if (hasAt || (!isSocket && parts.path.includes('@')))
    throw new UrlFault('it contains an unescaped @ after host and port');
  const { options, tlsOptions, ignored } = readParameters(query, scheme);
  const warnings = ignored.length === 0 ? [] : [noEffect(ignored)];
  const place = isSocket ? socketOf(parts, options) : hostOf(parts, options);
  const db = options.db ?? (isSocket ? undefined : databaseOf(parts.path, warnings));
  const username = parts.username || options.username;
  const password = parts.password || options.password;
  const { connectionName, connectTimeout, keepAlive, protocol } = options;
  const others = { username, password, db, connectionName, connectTimeout, keepAlive, protocol };
  return {
    options: {
      ...place,
      ...Object.fromEntries(
        Object.entries(others).filter(([, value]) => value !== undefined && value !== ''),
      ),
      ...(scheme === 'rediss' && { tls: { ...tlsOptions, ...tls } }),
    },
    warnings,
  };
}

function hostOf(parts: PythonUrl, options: { host?: string; port?: number }) {
  const { host, isBracketed, port } = parts;
  if (!(isBracketed ? ADDRESS : NAME).test(host))
    throw new UrlFault('the host is not a name or address');
  return { host: host || options.host || 'localhost', port: port ?? options.port ?? 6379 };
}

function socketOf({ path }: PythonUrl, options: { path?: string }) {
  const found = unquote(path) || options.path;
  if (!found) throw new UrlFault('it has no socket path');
  return { path: found };
}

/** As redis-py has it: the digits of the path, whatever slashes are between; a path without them says nothing. */
function databaseOf(path: string, warnings: string[]): number | undefined {
  const text = unquote(path).replaceAll('/', '');
  const db = pythonInteger(text);
  if (db === undefined && text.trim() !== '')
    warnings.push('The path (hidden) is not a database number. Database 0 is used, as in Python.');
  if (db !== undefined && db < 0) throw new UrlFault('the database number is negative');
  return db;
}

function noEffect(names: readonly string[]): string {
  return `${names.join(', ')} ${names.length > 1 ? 'are settings' : 'is a setting'} of the Python client and ${names.length > 1 ? 'are' : 'is'} ignored.`;
}
