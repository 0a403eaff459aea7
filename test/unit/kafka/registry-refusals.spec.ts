import { jest } from '@jest/globals';
import { monotonicNow } from '../../../lib/common/clocks.js';
import {
  SchemaRejectedError,
  ServiceUnavailableError,
  UnusableRecordError,
} from '../../../lib/errors/index.js';
import { waitUntil } from '../../support/wait-until.js';
import {
  clientOf,
  passSeconds,
  refusal,
  refusalOf,
  RegistryServer,
  type Reply,
  soon,
} from './support/registry-server.js';

const SCHEMA = '"string"';
const SECRETS = /s3cret|a2V5OnMzY3JldA/;
const KEYS = { apiKey: 'key', apiSecret: 's3cret' };

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

describe('an id that the registry does not have', () => {
  it('K-14: is asked for twice, a moment apart, before the record is given up', async () => {
    const client = clientOf([server], {}, { confirmAfterMs: 100 });
    server.hold('"int"', 'dev-login-x.CloudEvent');
    const started = monotonicNow();
    const error = await refusalOf(() => client.schemaOf(99, 'dev-login-x.CloudEvent'));
    expect(monotonicNow() - started).toBeGreaterThanOrEqual(98);
    expect(error).toBeInstanceOf(UnusableRecordError);
    expect(error.message).toMatch(/schema id 99, subject dev-login-x\.CloudEvent/);
    expect(server.asked).toEqual([
      ...['GET /schemas/ids/99', 'GET /schemas/ids/99'],
      'GET /subjects/dev-login-x.CloudEvent/versions/latest',
    ]);
  });

  it('is not even asked for beyond 31 bits, which a registry takes for a wrong path', async () => {
    const error = await refusalOf(() => clientOf([server]).schemaOf(2 ** 31, 's'));
    expect(error).toBeInstanceOf(UnusableRecordError);
    expect(server.requests).toEqual([]);
  });

  it('is asked for at another URL the second time', async () => {
    const client = clientOf([server, other]);
    other.hold('"long"');
    expect(await client.schemaOf(2, 's')).toBe('"long"');
    expect([server.asked, other.asked]).toEqual([['GET /schemas/ids/2'], ['GET /schemas/ids/2']]);
  });

  it('may turn up before the second question', async () => {
    server.faults.push(refusal(404, 40403));
    expect(await clientOf([server]).schemaOf(1, 's')).toBe(SCHEMA);
  });

  it('is not given up while the second question has no answer', async () => {
    const client = clientOf([server], {}, { readPatienceMs: 200 });
    server.faults.push(refusal(404, 40403), ...Array<Reply>(200).fill(refusal(503)));
    expect(await refusalOf(() => client.schemaOf(1, 's'))).toBeInstanceOf(ServiceUnavailableError);
  });

  it('is not asked for again for each of many records, and then it is', async () => {
    const client = clientOf([server]);
    for (let i = 0; i < 50; i++) await refusalOf(() => client.schemaOf(2, 's'));
    expect(server.requests).toHaveLength(3);
    server.hold('"long"');
    passSeconds(11);
    expect(await client.schemaOf(2, 's')).toBe('"long"');
  });
});

describe('a schema that the registry will not take', () => {
  it.each([
    [
      409,
      409,
      3,
      /the schema is incompatible with the registered version \(HTTP 409, code 409: said the registry\)/,
    ],
    [422, 42201, 1, /the schema was rejected \(HTTP 422, code 42201: said the registry\)/],
  ])(
    'K-14: %d rejects the send and is not asked for again',
    async (status, code, requests, reason) => {
      server.always = refusal(status, code);
      const client = clientOf([server], KEYS);
      const errors = [];
      for (let i = 0; i < 20; i++)
        errors.push(await refusalOf(() => client.idOf('topic-string', SCHEMA, soon())));
      for (const error of errors) {
        expect(error).toBeInstanceOf(SchemaRejectedError);
        expect(error).toMatchObject({ code: 'SCHEMA_REJECTED', subject: 'topic-string', status });
        expect(error.message).toMatch(reason);
        expect(error.message).not.toMatch(SECRETS);
      }
      expect(server.requests).toHaveLength(requests);
    },
  );

  it('one subject gets one schema at a time, however many come at once', async () => {
    const client = clientOf([server]);
    server.faults.push('hang');
    const first = refusalOf(() => client.idOf('topic-string', '"int"', soon(2_000)));
    const second = client.idOf('topic-string', '"bytes"', soon(30_000));
    await waitUntil(() => server.requests.length === 1);
    await client.idOf('another', SCHEMA, soon());
    expect(server.requests.map(({ url }) => url)).toEqual([
      '/subjects/topic-string/versions?normalize=False',
      '/subjects/another/versions?normalize=False',
    ]);
    expect(await first).toBeInstanceOf(ServiceUnavailableError);
    expect(await second).toBeGreaterThan(0);
  });

  it('a conflict with somebody who registered at the same moment is no refusal', async () => {
    server.faults.push(refusal(409));
    const id = server.hold('"int"', 'topic-string');
    expect(await clientOf([server]).idOf('topic-string', '"int"', soon())).toBe(id);
    server.faults.push(refusal(409));
    expect(await clientOf([server]).idOf('topic-string', '"bytes"', soon())).toBe(id + 1);
  });

  it('is taken a minute after somebody changed the registry', async () => {
    server.faults.push(...Array<Reply>(3).fill(refusal(409)));
    const client = clientOf([server]);
    await refusalOf(() => client.idOf('s', SCHEMA, soon()));
    passSeconds(59);
    await refusalOf(() => client.idOf('s', SCHEMA, soon()));
    passSeconds(61);
    expect(await client.idOf('s', SCHEMA, soon())).toBe(1);
    expect(server.requests).toHaveLength(4);
  });

  it('holds up no other schema', async () => {
    server.faults.push(refusal(422));
    const client = clientOf([server]);
    const refused = refusalOf(() => client.idOf('first', SCHEMA, soon()));
    await waitUntil(() => server.requests.length === 1);
    expect(await client.idOf('second', SCHEMA, soon())).toBe(1);
    expect(await refused).toBeInstanceOf(SchemaRejectedError);
  });

  it('is shortened where the registry says much', async () => {
    server.always = refusal(409, 409, `line\n${'x'.repeat(10_000)}`);
    const error = await refusalOf(() => clientOf([server]).idOf('s', SCHEMA, soon()));
    expect(error.message.length).toBeLessThan(500);
    expect(error.message).not.toContain('\n');
  });
});
