import { readFileSync } from 'node:fs';
import type { ConfigurationProblem } from '../../errors/index.js';

const ALLOWED =
  'redis://[user]:[password]@host:port/db, rediss://… for TLS, or unix:///path; query: db, ssl_cert_reqs, ssl_ca_certs';

export interface RedisAddress {
  readonly options: Readonly<Record<string, unknown>>;
  readonly problems: readonly ConfigurationProblem[];
}

/** The address without its password, for messages. */
export function maskedUrl(url: string): string {
  return url.replace(/^([a-z]+:\/\/)[^/?#]*@/i, '$1***@');
}

/**
 * The ioredis options that a connection URL says, in the grammar of redis-py (the same setting serves
 * Python services). `tls`: further TLS options of the application.
 */
export function parseRedisUrl(url: string, setting: string, tls: object = {}): RedisAddress {
  const refuse = (why: string): RedisAddress => ({
    options: {},
    problems: [{ setting, found: `${maskedUrl(url)} (${why})`, allowed: ALLOWED }],
  });
  if (!URL.canParse(url)) return refuse('not a URL');
  const parsed = new URL(url);
  const secure = parsed.protocol === 'rediss:';
  const isSocket = parsed.protocol === 'unix:';
  if (!secure && !isSocket && parsed.protocol !== 'redis:') return refuse('unknown scheme');
  try {
    const query = Object.fromEntries(parsed.searchParams);
    const { db: queryDb, ssl_cert_reqs: verify, ssl_ca_certs: caFile, ...unknown } = query;
    const [surplus] = Object.keys(unknown);
    if (surplus !== undefined) return refuse(`unknown parameter ${surplus}`);
    if (!secure && (verify ?? caFile) !== undefined) return refuse('TLS parameters without TLS');
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
      error instanceof URIError ? 'bad percent-encoding' : 'ssl_ca_certs is not readable',
    );
  }
}

function hostOf({ hostname }: URL): string {
  return decodeURIComponent(hostname).replace(/^\[(.*)\]$/, '$1') || 'localhost';
}
