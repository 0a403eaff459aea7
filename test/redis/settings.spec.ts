import { hostname } from 'node:os';
import { ConfigurationError } from '../../lib/errors/index.js';
import * as lib from '../../lib/transport/redis/settings/redis-settings.js';

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
      nameTimeoutMs: 60_000,
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
    ['redis://@redis:6379/', { host: 'redis', port: 6379 }],
    ['redis://:50%off@h', { host: 'h', port: 6379, password: '50%off' }],
    ['redis://user@h', { host: 'h', port: 6379, username: 'user', password: '' }],
    [
      'unix://user:pw@/run/r.sock?client_name=x',
      { path: '/run/r.sock', username: 'user', password: 'pw', connectionName: 'x' },
    ],
    [
      'rediss://h?socket_connect_timeout=2.5&protocol=2&socket_keepalive=no&ssl_min_version=772',
      {
        ...{ host: 'h', port: 6379, connectTimeout: 2_500, protocol: 2, keepAlive: null },
        tls: { minVersion: 'TLSv1.3' },
      },
    ],
  ])('understands %s', (url, connection) => {
    expect(redisSettings({ url }, none).connection).toEqual(connection);
  });

  it('warns once of what tunes the Python client alone, and shows nothing else of the URL', () => {
    const warned: string[] = [];
    const url = 'redis://:secret@h/secret?health_check_interval=30&max_connections=5';
    const cluster = [url, `${url}&db=0`, 'redis://h?retry_on_timeout=yes'];
    lib.redisSettings({ url }, none, (text) => warned.push(text));
    lib.redisSettings({ cluster }, none, (text) => warned.push(text));
    expect(warned).toEqual([
      'redisTransport url: health_check_interval, max_connections are settings of the Python client and are ignored.',
      'redisTransport url: The path (hidden) is not a database number. Database 0 is used, as in Python.',
      'redisTransport cluster: health_check_interval, max_connections are settings of the Python client and are ignored.',
      'redisTransport cluster: The path (hidden) is not a database number. Database 0 is used, as in Python.',
      'redisTransport cluster: retry_on_timeout is a setting of the Python client and is ignored.',
    ]);
  });

  it('lets options of the application say the password of a user that the URL names', () => {
    const options = { url: 'redis://user@h', redis: { password: 'secret' } };
    expect(redisSettings(options, none).connection).toMatchObject({
      username: 'user',
      password: 'secret',
    });
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
      /redisTransport url: found an invalid URL \(hidden\): unknown scheme/,
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
    ['redis://:secret@h:port', 'host and port not recognized'],
    ['redis://user#secret@h', 'it contains an unescaped #'],
    ['rediss://u:1?ssl_cert_reqs=secret@h', 'it contains an unescaped @ after host and port'],
    ['redis://secret%2fx', 'the host is not a name or address'],
    ['redis://:secret@h/-1', 'the database number is negative'],
    ['redis://h?password=secret&db=secret', 'invalid value of parameter db'],
    ['redis://:secret@h?ssl_cert_reqs=none', 'it has TLS parameters without TLS'],
    ['rediss://:secret@h?ssl_cert_reqs=CERT_NONE', 'must be none, optional or required'],
    ['rediss://:secret@h?ssl_keyfile=/dev/null', 'ssl_keyfile needs ssl_certfile'],
    ['rediss://:secret@h?ssl_certfile=/secret', 'the file given as ssl_certfile cannot be read'],
    ['rediss://:secret@h?ssl_validate_ocsp=True', 'parameter ssl_validate_ocsp is unknown'],
    ['unix://:secret@/run/r.sock?port=1', 'parameter port is unknown'],
    ['unix://:secret@', 'it has no socket path'],
    ['redis://h?secret', 'parameter (hidden) is unknown'],
  ])('refuses %s', (url, why) => {
    const message = problemsOf(() => redisSettings(why === undefined ? {} : { url }, none));
    expect(message).toContain(why ?? 'EVENT_BUS_REDIS_CONNECTION_URL: not set');
    expect(message).not.toContain('secret');
  });
});
