import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redisSettings } from '../../lib/transport/redis/settings/redis-settings.js';
import { ConfigurationError } from '../../lib/errors/index.js';
import { randomSource } from '../unit/codec/random-data.js';
import { PythonDriver } from './python-driver.js';

const folder = mkdtempSync(join(tmpdir(), 'redis-urls-'));
const file = (name: string): string => {
  const path = join(folder, name);
  writeFileSync(path, name);
  return path;
};
const [cert, key, ca] = ['cert.pem', 'key.pem', 'ca.pem'].map(file) as [string, string, string];

/** Behind one of these we refuse, by name or for the sake of secrets, what redis-py takes or lets fall. */
const REFUSED_HERE = '\u0000';
const here = (text: string) => text + REFUSED_HERE;

const SCHEMES = [
  'redis',
  'redis',
  'redis',
  'rediss',
  'rediss',
  'unix',
  'http',
  'REDIS',
  'rediss+x',
];
const USERS = [
  ...[
    '',
    '',
    '',
    '@',
    ':@',
    'user@',
    'user:@',
    'user:pw@',
    ':pw@',
    ':50%off@',
    ':%zz%4@',
    ':p%40ss@',
  ],
  ...[
    ':%C3%A4ä@',
    ':%ff%fe@',
    ':a@b@',
    'us%2Fer:p%3Aw:x@',
    ':p w@',
    ':p\\w@',
    ':p[w@',
    ':a[b]c@',
    ':+&=%2B@',
  ],
  ...[':"\'<>`{}|^@', ':pw\n@', 'default:%25@', ':℀@', ':ﬁ@'],
];
const HOSTS = [
  ...[
    '',
    'h',
    'redis',
    'Cache.Example.ORG',
    '10.0.0.1',
    '[::1]',
    '[2001:DB8::1]',
    '[fe80::1%25eth0]',
  ],
  ...['[::1', '::1', '[10.0.0.1]', '[]', 'my%2Dhost', 'a_b', 'xn--bcher-kva', 'bücher', 'h\t'],
  ...[here('a%40b'), here('a%2Fb'), here('a!b')],
];
const PORTS = [
  '',
  '',
  ':',
  ':6379',
  ':0',
  ':1',
  ':065',
  ':65535',
  ':65536',
  ':x',
  ':-1',
  ': 1',
  ':٣',
  ':1:2',
];
const PATHS = [
  ...[
    '',
    '',
    '/',
    '/0',
    '/3',
    '/0/',
    '//1',
    '/1/2',
    '/mydb',
    '/db0',
    '/%31',
    '/+2',
    '/1_0',
    '/-1',
    '/ 4 ',
  ],
  ...['/1.5', '/run/r.sock', '/run/a%20b.sock', '/1;x', here('/0#x'), '/0\n'],
];
const QUERIES = [
  ...[
    'db=0',
    'db=7',
    'db=',
    'db=x',
    'db=+1',
    'db=%2B1',
    'db=-1',
    'db=1_1',
    'db=1&db=2',
    'db=&db=3',
  ],
  ...[
    'username=u2',
    'username=&password=',
    'password=p2',
    'password=p%2540',
    'password=p+q',
    'password=50%off',
  ],
  ...[
    'password=a=b',
    'password=a@b',
    'pass%77ord=p3',
    'client_name=svc',
    'protocol=2',
    'protocol=3',
    'protocol=4',
  ],
  ...[
    'protocol=x',
    'socket_timeout=5',
    'socket_timeout=x',
    'socket_timeout=1e3',
    'socket_timeout=nan',
  ],
  ...[
    'socket_connect_timeout=2.5',
    'socket_connect_timeout=x',
    'socket_keepalive=True',
    'socket_keepalive=no',
  ],
  ...[
    'socket_keepalive=off',
    'health_check_interval=30',
    'health_check_interval=1.5',
    'retry_on_timeout=yes',
  ],
  ...[
    'max_connections=10',
    'max_connections=-1',
    'socket_read_size=1',
    'encoding=utf-8',
    'lib_name=x',
  ],
  ...[
    'decode_responses=True',
    'timeout=5',
    'host=other',
    'port=7000',
    here('port=x'),
    'path=/x',
    'ssl=True',
  ],
  ...[
    'ssl_cert_reqs=none',
    'ssl_cert_reqs=optional',
    'ssl_cert_reqs=required',
    'ssl_cert_reqs=CERT_NONE',
  ],
  ...[
    'ssl_cert_reqs=',
    'ssl_check_hostname=False',
    'ssl_check_hostname=0',
    'ssl_check_hostname=true',
  ],
  ...[`ssl_certfile=${cert}`, `ssl_certfile=${cert}&ssl_keyfile=${key}`, `ssl_keyfile=${key}`],
  ...[
    `ssl_ca_certs=${encodeURIComponent(ca)}`,
    'ssl_ca_data=PEM',
    'ssl_password=p',
    'ssl_min_version=771',
  ],
  ...[
    'ssl_min_version=1',
    'ssl_min_version=TLSv1_2',
    'ssl_ciphers=HIGH',
    here('ssl_ca_path=/etc/ssl'),
  ],
  ...[here('ssl_validate_ocsp=False'), here('ssl_include_verify_flags=VERIFY_X509_STRICT')],
  ...['secret=x', here('secret'), '%zz=1', here('db'.concat('&secret'))],
];

function* urls(count: number): Generator<string> {
  const below = randomSource(7);
  const one = (of: readonly string[]) => of[below(of.length)]!;
  for (const url of ['redis://@redis:6379/', 'rediss://', 'unix://user:pw@/run/r.sock']) yield url;
  for (let i = 0; i < count; i++) {
    const scheme = one(SCHEMES);
    // Of a socket the host counts for nothing.
    const host = scheme === 'unix' ? one(HOSTS).replace(REFUSED_HERE, '') : one(HOSTS);
    const place = `${scheme}://${one(USERS)}${host}${one(PORTS)}${one(PATHS)}`;
    const query = Array.from({ length: below(3) }, () => one(QUERIES)).join('&');
    yield query ? `${place}?${query}` : place;
  }
}

/** What we make of it, in the words of the Python driver. */
function ours(url: string): unknown {
  let told: any;
  try {
    told = redisSettings({ url }, () => undefined).connection.reveal();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return 'refused';
  }
  const { tls, keepAlive, connectTimeout } = told;
  return {
    username: told.username ?? null,
    password: told.password || null,
    db: told.db ?? 0,
    client_name: told.connectionName ?? null,
    ...(told.protocol && { protocol: told.protocol }),
    ...(connectTimeout && { connect_timeout: connectTimeout / 1_000 }),
    ...(told.path !== undefined
      ? { path: told.path }
      : { host: told.host, port: told.port, keepalive: keepAlive !== null }),
    ...(tls && { tls: ourTls(tls) }),
  };
}

function ourTls(tls: any): unknown {
  const texts = [tls.ca ?? []].flat().map(String);
  const fileIn = (bytes: Buffer | undefined) =>
    bytes === undefined ? null : join(folder, String(bytes));
  const own = String(tls.key) === String(tls.cert) ? undefined : tls.key;
  return {
    verifies: tls.rejectUnauthorized !== false,
    checks_name: tls.rejectUnauthorized !== false && tls.checkServerIdentity === undefined,
    cert: fileIn(tls.cert),
    key: fileIn(own),
    ca: texts.includes('ca.pem') ? ca : null,
    ca_data: texts.includes('PEM') ? 'PEM' : null,
    password: tls.passphrase ?? null,
    min_version: tls.minVersion === 'TLSv1.2' ? 771 : null,
    ciphers: tls.ciphers ?? null,
  };
}

describe('a Redis URL', () => {
  afterAll(() => rmSync(folder, { recursive: true }));

  it('says what it says to redis-py', async () => {
    const driver = await PythonDriver.start('redis_urls.py');
    const all = [...urls(1_500)];
    const bare = all.map((url) => url.replaceAll(REFUSED_HERE, ''));
    driver.write(bare);
    const theirs = await driver.end(90_000);
    expect(theirs).toHaveLength(all.length);
    const differ = bare.filter((url, i) => {
      const python = 'refused' in theirs[i] ? 'refused' : theirs[i];
      const wanted = all[i]!.includes(REFUSED_HERE) ? 'refused' : python;
      return JSON.stringify(ours(url)) !== JSON.stringify(wanted);
    });
    const shown = differ.map((url) => ({
      url,
      ours: ours(url),
      python: theirs[bare.indexOf(url)],
    }));
    expect(shown.slice(0, 20)).toEqual([]);
    const taken = theirs.filter((each) => !('refused' in each)).length;
    expect(taken).toBeGreaterThan(200);
  }, 120_000);
});
