import { hostname } from 'node:os';
import { ConfigurationError } from '../../lib/errors/index.js';
import * as lib from '../../lib/transport/redis/redis-settings.js';

/** With what is hidden in them. */
function redisSettings(...input: Parameters<typeof lib.redisSettings>) {
  const { connection, cluster, ...others } = lib.redisSettings(...input);
  const place = cluster && { ...cluster, options: cluster.options.reveal() };
  return { ...others, connection: connection.reveal(), cluster: place };
}

const none = (): unknown => undefined;
const from =
  (settings: Record<string, unknown>) =>
  (name: string): unknown =>
    settings[name];

function problemsOf(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  throw new Error('it was taken');
}

describe('settings of the Redis transport', () => {
  it('defaults to the reference, with a block time that finds dead sockets soon', () => {
    expect(redisSettings({ url: 'redis://cache' }, none)).toEqual({
      connection: { host: 'cache', port: 6379 },
      streamMaxLen: 10_000,
      blockMs: 5_000,
      failureSleepMs: 1_000,
      consumerName: hostname(),
      readCount: 100,
      claimIdleMs: 60_000,
      singleActive: false,
      removeDeadMembersMs: Infinity,
    });
  });

  it('takes the EVENT_BUS_REDIS_* settings, as text too, and options over them', () => {
    const setting = from({
      EVENT_BUS_REDIS_CONNECTION_URL: 'redis://:p%40ss@cache:6380/3',
      EVENT_BUS_REDIS_STREAM_MAX_LEN: '500',
      EVENT_BUS_REDIS_CONSUMER_POLL_TIMEOUT: 60,
      EVENT_BUS_REDIS_CONSUMER_POLL_FAILURE_SLEEP: '0.5',
    });
    expect(redisSettings({ streamMaxLen: 7, redis: { family: 6 } }, setting)).toMatchObject({
      connection: { host: 'cache', port: 6380, password: 'p@ss', db: 3, family: 6 },
      streamMaxLen: 7,
      blockMs: 60_000,
      failureSleepMs: 500,
    });
  });

  it.each([
    ['redis://user:pass@h:1/2', { host: 'h', port: 1, username: 'user', password: 'pass', db: 2 }],
    ['redis://h?db=4', { host: 'h', port: 6379, db: 4 }],
    ['redis://[::1]:7000', { host: '::1', port: 7000 }],
    ['rediss://h', { host: 'h', port: 6379, tls: {} }],
    [
      'rediss://h?ssl_cert_reqs=none',
      { host: 'h', port: 6379, tls: { rejectUnauthorized: false } },
    ],
    ['unix:///run/redis.sock?db=1', { path: '/run/redis.sock', db: 1 }],
  ])('understands %s', (url, connection) => {
    expect(redisSettings({ url }, none).connection).toEqual(connection);
  });

  it('adds TLS options of the application to a rediss URL', () => {
    const { connection } = redisSettings({ url: 'rediss://h', redis: { tls: { ca: 'x' } } }, none);
    expect(connection.tls).toEqual({ ca: 'x' });
  });

  it('needs no URL where the options say where to connect', () => {
    const redis = { sentinels: [{ host: 's', port: 26379 }], name: 'main' };
    expect(redisSettings({ redis }, none).connection).toEqual(redis);
  });

  it('takes the nodes of a cluster, and from any of them who logs on and how (R-13)', () => {
    const cluster = ['a:7001', 'rediss://user:p%40ss@b:7002', { host: 'c' }];
    const natMap = { 'x:1': { host: 'y', port: 2 } };
    const options = { cluster, redis: { family: 6 }, clusterOptions: { natMap } };
    expect(redisSettings(options, none)).toMatchObject({
      connection: { username: 'user', password: 'p@ss', tls: {}, family: 6 },
      cluster: {
        nodes: [
          { host: 'a', port: 7001 },
          { host: 'b', port: 7002 },
          { host: 'c', port: 6379 },
        ],
        options: { natMap },
      },
    });
    expect(redisSettings(options, none).connection).not.toHaveProperty('host');
  });

  it('takes the cluster that the setting leads to (R-13)', () => {
    const setting = from({ EVENT_BUS_REDIS_CONNECTION_URL: 'redis://:secret@cache:6380/0' });
    expect(redisSettings({ cluster: true }, setting)).toMatchObject({
      connection: { password: 'secret' },
      cluster: { nodes: [{ host: 'cache', port: 6380 }] },
    });
    expect(problemsOf(() => redisSettings({ cluster: true }, none))).toMatch(/CONNECTION_URL/);
  });

  it('refuses of a cluster what it has not or what would change the wire (R-13)', () => {
    const message = problemsOf(() =>
      redisSettings(
        {
          url: 'redis://:secret@h/3',
          cluster: [],
          clusterOptions: { scaleReads: 'slave', redisOptions: {} },
          redis: { replyMapping: 'resp3' },
        },
        none,
      ),
    );
    for (const part of [
      /cluster: found \[\]/,
      /cluster: found database 3/,
      /clusterOptions\.scaleReads/,
      /clusterOptions\.redisOptions/,
      /redis\.replyMapping/,
    ])
      expect(message).toMatch(part);
    expect(message).not.toContain('secret');
  });

  it('lists every problem at once, and no secret', () => {
    const message = problemsOf(() =>
      redisSettings(
        {
          url: 'http://user:secret@h:1',
          readCount: 0,
          consumerName: ' ',
          redis: { keyPrefix: 'x:' },
        },
        from({
          EVENT_BUS_REDIS_STREAM_MAX_LEN: 'many',
          EVENT_BUS_REDIS_CONSUMER_POLL_TIMEOUT: -1,
        }),
      ),
    );
    for (const part of [
      /redisTransport url: found a URL \(hidden\) of which the scheme is unknown/,
      /EVENT_BUS_REDIS_STREAM_MAX_LEN: found 'many'/,
      /EVENT_BUS_REDIS_CONSUMER_POLL_TIMEOUT: found -1/,
      /readCount: found 0/,
      /consumerName/,
      /keyPrefix/,
    ])
      expect(message).toMatch(part);
    expect(message).not.toContain('secret');
  });

  it.each([
    ['nothing', undefined],
    ['redis://:secret@h:port', 'not a URL'],
    ['redis://user#secret@h', 'a part stands behind an unescaped #'],
    ['rediss://u:1?ssl_cert_reqs=secret@h', 'an @ stands behind host and port'],
    ['redis://secret%2fx', 'the host is no name or address'],
    ['redis://:secret@h/db0', 'the database is not a number'],
    ['redis://:secret@h?ssl_cert_reqs=none', 'TLS parameters, without TLS'],
    ['redis://:secret@h?client_name=x', 'the parameter client_name is unknown'],
    ['redis://h?secret', 'the parameter (hidden) is unknown'],
    ['redis://:%zz@h', 'the percent-encoding is wrong'],
  ])('refuses %s', (url, why) => {
    const message = problemsOf(() => redisSettings(why === undefined ? {} : { url }, none));
    expect(message).toContain(why ?? 'EVENT_BUS_REDIS_CONNECTION_URL: found nothing');
    expect(message).not.toContain('secret');
    expect(message).not.toContain('%zz');
  });
});
