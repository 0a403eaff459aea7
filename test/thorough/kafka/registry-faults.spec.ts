import { jest } from '@jest/globals';
import { monotonicNow } from '../../../lib/common/clocks.js';
import { ClosedError, ServiceUnavailableError } from '../../../lib/errors/index.js';
import { warningsOf } from '../../support/process-warnings.js';
import { waitUntil } from '../../support/wait-until.js';
import {
  clientOf,
  passSeconds,
  refusal,
  refusalOf,
  RegistryServer,
  type Reply,
  soon,
} from '../../unit/kafka/support/registry-server.js';

const SCHEMA = '"string"';
const SECRETS = /s3cret|a2V5OnMzY3JldA/;
const KEYS = { apiKey: 'key', apiSecret: 's3cret' };
const OUTAGES: [string, Reply][] = [
  ['500', refusal(500)],
  ['a 502 of a gateway', { status: 502, body: '<html>Bad gateway</html>' }],
  ['503', refusal(503)],
  ['429', refusal(429)],
  ['408', refusal(408)],
  ['a dropped connection', 'drop'],
  ['no answer in time', 'hang'],
];

let server: RegistryServer;
let other: RegistryServer;
beforeEach(async () => {
  server = new RegistryServer();
  other = new RegistryServer();
  await Promise.all([server.start(), other.start()]);
  for (const registry of [server, other]) registry.hold(SCHEMA, 's');
});
afterEach(async () => {
  jest.restoreAllMocks();
  expect([...server.asked, ...other.asked].join()).not.toMatch(/PUT|DELETE|config/);
  await Promise.all([server.stop(), other.stop()]);
});

describe('a registry that cannot answer now', () => {
  it.each(OUTAGES)('K-14: %s heals within the patience', async (_, reply) => {
    server.faults.push(reply, reply);
    const client = clientOf([server], { requestTimeoutMs: 500 }, { readPatienceMs: 30_000 });
    expect(await client.schemaOf(1, 's')).toBe(SCHEMA);
    expect(server.requests).toHaveLength(3);
  });

  it.each(OUTAGES)('K-14: %s that lasts is a service fault', async (_, reply) => {
    server.always = reply;
    const client = clientOf([server], { ...KEYS, requestTimeoutMs: 300 }, { readPatienceMs: 500 });
    const read = await refusalOf(() => client.schemaOf(1, 's'));
    const sent = await refusalOf(() => client.idOf('s', SCHEMA, soon(500)));
    for (const error of [read, sent]) {
      expect(error).toBeInstanceOf(ServiceUnavailableError);
      expect(error.message).toContain(server.url);
      expect(error.message).not.toMatch(SECRETS);
    }
    server.always = undefined;
    expect(await client.schemaOf(1, 's')).toBe(SCHEMA);
    expect(await client.idOf('s', SCHEMA, soon())).toBe(1);
  });

  it('K-14: down, then up again, is only waited for', async () => {
    await server.stop();
    const answer = clientOf([server]).idOf('s', SCHEMA, soon(5_000));
    await server.start();
    expect(await answer).toBe(1);
  });

  it('that is down is named with the reason', async () => {
    await server.stop();
    // Asked once: a question that the deadline cuts short would be named as unanswered.
    const client = clientOf([server], {}, { firstDelayMs: 60_000 });
    const error = await refusalOf(() => client.idOf('s', SCHEMA, soon()));
    expect(error.message).toMatch(
      /127\.0\.0\.1:\d+: not reachable \(fetch failed: connect ECONNREFUSED 127\.0\.0\.1:\d+\)/,
    );
  });

  it('is left alone for as long as it asks', async () => {
    server.faults.push({ status: 429, body: '', headers: { 'retry-after': '1' } });
    const started = monotonicNow();
    await clientOf([server]).schemaOf(1, 's');
    expect(monotonicNow() - started).toBeGreaterThanOrEqual(998);
    expect(server.requests).toHaveLength(2);
  });

  it('is asked at ever longer distances', async () => {
    server.always = refusal(503);
    const waits = { firstDelayMs: 20, longestDelayMs: 10_000, readPatienceMs: 30_000 };
    const client = clientOf([server], {}, waits);
    const began = monotonicNow();
    const answer = refusalOf(() => client.schemaOf(1, 's'));
    await waitUntil(() => server.requests.length >= 6);
    // Half of each delay may be left out.
    const least = (20 + 40 + 80 + 160 + 320) / 2;
    expect(monotonicNow() - began).toBeGreaterThanOrEqual(least - 5);
    client.close();
    expect(await answer).toBeInstanceOf(ClosedError);
  });
});

describe('several URLs of a registry', () => {
  it.each(OUTAGES)('%s sends us to the next one at once, and there we stay', async (_, reply) => {
    server.always = reply;
    const client = clientOf([server, other], { requestTimeoutMs: 1_000 }, { firstDelayMs: 60_000 });
    expect(await client.schemaOf(1, 's')).toBe(SCHEMA);
    expect(await client.idOf('s', SCHEMA, soon())).toBe(1);
    expect([server.requests.length, other.requests.length]).toEqual([1, 2]);
  });

  it('the first is taken again when the second goes down', async () => {
    const client = clientOf([server, other]);
    server.faults.push(refusal(503));
    await client.schemaOf(1, 's');
    await other.stop();
    expect(await client.idOf('s', SCHEMA, soon())).toBe(1);
    expect(server.asked.at(-1)).toBe('POST /subjects/s/versions?normalize=False');
  });

  it('one with other credentials does not stop us', async () => {
    server.always = refusal(401);
    expect(await clientOf([server, other]).schemaOf(1, 's')).toBe(SCHEMA);
  });
});

describe('a registry that refuses us', () => {
  it.each<[string, Reply, RegExp]>([
    ['401', refusal(401), /authentication failed \(HTTP 401: said the registry\)/],
    ['403', refusal(403), /access denied \(HTTP 403: said the registry\)/],
    [
      'a page in its place',
      { status: 404, body: '<html></html>' },
      /not the API of a Confluent-compatible/,
    ],
    ['an unknown path', refusal(404), /not the API of a Confluent-compatible/],
    ['a greeting', { status: 200, body: 'hello' }, /not the API of a Confluent-compatible/],
    ['a redirect', { status: 301, body: '', headers: { location: '/' } }, /not the API/],
  ])('K-14: %s is a service fault at once, and heals', async (_, reply, reason) => {
    server.always = reply;
    const client = clientOf([server], KEYS, { readPatienceMs: 60_000 });
    const read = await refusalOf(() => client.schemaOf(1, 's'));
    const sent = await refusalOf(() => client.idOf('s', SCHEMA, soon(60_000)));
    for (const error of [read, sent]) {
      expect(error).toBeInstanceOf(ServiceUnavailableError);
      expect(error.message).toMatch(reason);
      expect(error.message).not.toMatch(SECRETS);
    }
    expect(server.requests).toHaveLength(2);
    server.always = undefined;
    passSeconds(2);
    expect(await client.schemaOf(1, 's')).toBe(SCHEMA);
    expect(await client.idOf('s', SCHEMA, soon())).toBe(1);
  });

  it('is not asked more than about once a second', async () => {
    server.always = refusal(401);
    const client = clientOf([server]);
    for (let i = 0; i < 20; i++) await refusalOf(() => client.idOf('s', SCHEMA, soon()));
    expect(server.requests).toHaveLength(1);
  });
});

describe('many who ask at once', () => {
  it('K-14: cause one request an id', async () => {
    const client = clientOf([server]);
    const schemas = Array.from({ length: 500 }, () => client.schemaOf(1, 's'));
    const ids = Array.from({ length: 500 }, () => client.idOf('s', SCHEMA, soon()));
    expect(new Set(await Promise.all([...schemas, ...ids]))).toEqual(new Set([SCHEMA, 1]));
    expect(server.asked.sort()).toEqual([
      'GET /schemas/ids/1',
      'POST /subjects/s/versions?normalize=False',
    ]);
  });

  it('wait each to its own deadline', async () => {
    server.always = refusal(503);
    const client = clientOf([server]);
    const hasty = refusalOf(() => client.idOf('s', SCHEMA, soon(50)));
    const patient = client.idOf('s', SCHEMA, soon(30_000));
    expect(await hasty).toBeInstanceOf(ServiceUnavailableError);
    // In time for the other one.
    server.always = undefined;
    expect(await patient).toBe(1);
    expect(await client.idOf('s', SCHEMA, soon())).toBe(1);
  });
});

describe('a client that is closed', () => {
  it('ends a hundred requests at once, and Node had nothing to warn of', async () => {
    const warnings = await warningsOf(async () => {
      server.always = 'hang';
      const client = clientOf([server]);
      const answers = Array.from({ length: 100 }, (_, i) =>
        refusalOf(() => client.idOf(`subject ${i}`, SCHEMA, soon())),
      );
      await waitUntil(() => server.requests.length === 100);
      client.close();
      for (const error of await Promise.all(answers)) expect(error).toBeInstanceOf(ClosedError);
    });
    expect(warnings).toEqual([]);
  });

  it.each<[string, Reply]>([
    ['under way', 'hang'],
    ['waiting to ask again', refusal(503)],
  ])('ends what is %s', async (_, reply) => {
    server.always = reply;
    const client = clientOf([server], {}, { firstDelayMs: 30_000, readPatienceMs: 60_000 });
    const answer = refusalOf(() => client.schemaOf(1, 's'));
    await waitUntil(() => server.requests.length === 1);
    client.close();
    client.close();
    expect(await answer).toBeInstanceOf(ClosedError);
    expect(await refusalOf(() => client.idOf('s', SCHEMA, soon()))).toBeInstanceOf(ClosedError);
    expect(server.requests).toHaveLength(1);
  });
});
