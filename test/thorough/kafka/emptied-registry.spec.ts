import { ServiceUnavailableError, UnusableRecordError } from '../../../lib/errors/index.js';
import {
  type SchemaRegistryOptions,
  registrySettings,
} from '../../../lib/transport/kafka/registry/registry-settings.js';
import { SchemaRegistryClient } from '../../../lib/transport/kafka/registry/schema-registry.js';
import { waitUntil } from '../../support/wait-until.js';
import {
  refusal,
  refusalOf,
  RegistryServer,
  type Reply,
  soon,
} from '../../unit/kafka/support/registry-server.js';

const TYPE = 'org.example.tests.thing.v1';
const NAME = `${TYPE}.CloudEvent`;
const SUBJECT = `topic-${NAME}`;
const schema = (type: string, field = 'a') =>
  JSON.stringify({
    ...{ name: 'CloudEvent', type: 'record', namespace: type },
    fields: [{ name: field, type: 'string' }],
  });
const OURS = schema(TYPE);
const OTHERS = schema('org.example.tests.other.v1');

let server: RegistryServer;
const clients: SchemaRegistryClient[] = [];
beforeEach(async () => {
  server = new RegistryServer();
  await server.start();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await server.stop();
});

function open(options: SchemaRegistryOptions = {}, lookAgainMs = 3_600_000) {
  const lines: string[] = [];
  const settings = registrySettings({ url: server.url, ...options }, () => undefined, []);
  const waits = { readPatienceMs: 2_000, confirmAfterMs: 5, firstDelayMs: 5, longestDelayMs: 20 };
  const client = new SchemaRegistryClient({ ...settings, ...waits, lookAgainMs }, (line) =>
    lines.push(line),
  );
  clients.push(client);
  return { client, lines };
}

describe('a schema registry that came back empty', () => {
  it('an id whose subject is missing too is a service fault that says so, and heals', async () => {
    const { client } = open();
    const error = await refusalOf(() => client.schemaOf(1, SUBJECT, NAME));
    expect(error).toBeInstanceOf(ServiceUnavailableError);
    expect(error.message).toMatch(
      /schema id 1, subject topic-org\.example\.tests\.thing\.v1\.CloudEvent.*the registry may have been reset\..*for another 600 s/,
    );
    // Many records and sources ask at once, or again soon.
    for (let i = 0; i < 20; i++) await refusalOf(() => client.schemaOf(1, SUBJECT, NAME));
    expect(server.requests.length).toBeLessThanOrEqual(3);
    server.hold(OURS, SUBJECT);
    await waitUntil(async () => {
      try {
        return (await client.schemaOf(1, SUBJECT, NAME)) === OURS;
      } catch {
        return false;
      }
    });
  });

  it('is waited for no longer than the option says: then the record is unusable, and those after it at once', async () => {
    const { client } = open({ missingSubjectTimeoutMs: 1_500 });
    const began = performance.now();
    let error = await refusalOf(() => client.schemaOf(1, SUBJECT, NAME));
    expect(error).toBeInstanceOf(ServiceUnavailableError);
    await waitUntil(async () => {
      error = await refusalOf(() => client.schemaOf(1, SUBJECT, NAME));
      return error instanceof UnusableRecordError;
    });
    expect(performance.now() - began).toBeGreaterThan(1_400);
    expect(error.message).toContain('the record waited for 1.5 s');
    expect(await refusalOf(() => client.schemaOf(2, SUBJECT, NAME))).toBeInstanceOf(
      UnusableRecordError,
    );
    // Each subject has a time of its own.
    expect(await refusalOf(() => client.schemaOf(1, `other-${NAME}`, NAME))).toBeInstanceOf(
      ServiceUnavailableError,
    );
  });

  it('the time goes on however seldom the record is tried again', async () => {
    const { client } = open({ missingSubjectTimeoutMs: 50 });
    expect(await refusalOf(() => client.schemaOf(1, SUBJECT, NAME))).toBeInstanceOf(
      ServiceUnavailableError,
    );
    // As long as a question is not asked again.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await refusalOf(() => client.schemaOf(1, SUBJECT, NAME))).toBeInstanceOf(
      UnusableRecordError,
    );
  });

  it('0: not waited for', async () => {
    const { client } = open({ missingSubjectTimeoutMs: 0 });
    expect(await refusalOf(() => client.schemaOf(1, SUBJECT, NAME))).toBeInstanceOf(
      UnusableRecordError,
    );
  });

  it.each([-1, Number.NaN, Infinity, '5' as unknown as number])(
    'the option cannot be %p',
    (missingSubjectTimeoutMs) => {
      const problems: { setting: string }[] = [];
      const options = { url: 'http://r', missingSubjectTimeoutMs };
      registrySettings(options, () => undefined, problems as never);
      expect(problems.map(({ setting }) => setting)).toEqual([
        'kafkaTransport schemaRegistry.missingSubjectTimeoutMs',
      ]);
    },
  );

  it('an id that is another schema by now is a record fault that says so', async () => {
    const { client } = open();
    server.hold(OTHERS, 'other');
    const error = await refusalOf(() => client.schemaOf(1, SUBJECT, NAME));
    expect(error).toBeInstanceOf(UnusableRecordError);
    expect(error.message).toMatch(
      /schema id 1.*for this id the registry returns the schema of org\.example\.tests\.other\.v1\.CloudEvent, not that of the event/,
    );
    expect(await client.schemaOf(1, 'other', 'org.example.tests.other.v1.CloudEvent')).toBe(OTHERS);
  });

  it('an id that we know as another schema is asked for again, and read with what it is now', async () => {
    const { client } = open();
    server.hold(OTHERS, 'other');
    await client.schemaOf(1, 'other', 'org.example.tests.other.v1.CloudEvent');
    server.empty();
    server.hold(OURS, SUBJECT);
    expect(await client.schemaOf(1, SUBJECT, NAME)).toBe(OURS);
  });

  it('a schema without a namespace may be that of any event', async () => {
    const { client } = open();
    const bare = '{"name": "CloudEvent", "type": "record", "fields": []}';
    server.hold(bare, SUBJECT);
    expect(await client.schemaOf(1, SUBJECT, NAME)).toBe(bare);
  });

  it('a schema without a name is left to whoever reads the body', async () => {
    const { client } = open();
    server.hold('"string"', SUBJECT);
    expect(await client.schemaOf(1, SUBJECT, NAME)).toBe('"string"');
  });

  it('a schema that is read with is looked up again while it is used', async () => {
    const { client } = open({}, 20);
    const newer = schema(TYPE, 'b');
    server.hold(OURS, SUBJECT);
    expect(await client.schemaOf(1, SUBJECT, NAME)).toBe(OURS);
    server.empty();
    // What is gone can still be read.
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(client.schemaOf(1, SUBJECT, NAME)).toBe(OURS);
    server.hold(newer, SUBJECT);
    await waitUntil(() => client.schemaOf(1, SUBJECT, NAME) === newer);
  });
});

describe('the ids of a sender', () => {
  it('are looked up again while they are used, and registered anew where they are gone', async () => {
    const { client, lines } = open({}, 20);
    server.hold(OTHERS, 'other');
    expect(await client.idOf(SUBJECT, OURS, soon())).toBe(2);
    server.empty();
    let id: number | Promise<number> = 2;
    await waitUntil(async () => (id = await client.idOf(SUBJECT, OURS, soon())) === 1);
    expect(await client.schemaOf(id, SUBJECT, NAME)).toBe(OURS);
    expect(lines).toEqual([
      expect.stringMatching(
        /schema of subject topic-.* \(id 2\) no longer exists.*It is registered again$/,
      ),
    ]);
  });

  it('are those that others registered meanwhile', async () => {
    const { client, lines } = open({ autoRegister: false }, 20);
    server.hold(OURS, SUBJECT);
    expect(await client.idOf(SUBJECT, OURS, soon())).toBe(1);
    server.empty();
    server.hold(OTHERS, 'other');
    server.hold(OURS, SUBJECT);
    await waitUntil(async () => (await client.idOf(SUBJECT, OURS, soon())) === 2);
    expect(lines).toEqual([expect.stringMatching(/changed from 1 to 2/)]);
    expect(server.asked.join()).not.toContain('/versions?');
  });

  it('are refused where we may not register', async () => {
    const { client } = open({ autoRegister: false }, 20);
    server.hold(OURS, SUBJECT);
    await client.idOf(SUBJECT, OURS, soon());
    server.empty();
    await waitUntil(async () => {
      try {
        await client.idOf(SUBJECT, OURS, soon());
        return false;
      } catch (error) {
        return (error as { code: string }).code === 'SCHEMA_REJECTED';
      }
    });
  });

  it.each<[string, Reply]>([
    ['away', refusal(503)],
    ['refusing us', refusal(403)],
    ['not answering', 'hang'],
  ])('stay while the registry is %s', async (_, reply) => {
    const { client, lines } = open({ requestTimeoutMs: 50 }, 20);
    const id = await client.idOf(SUBJECT, OURS, soon());
    server.always = reply;
    await waitUntil(() => {
      expect(client.idOf(SUBJECT, OURS, soon())).toBe(id);
      return server.requests.length > 2;
    });
    expect(client.idOf(SUBJECT, OURS, soon())).toBe(id);
    expect(lines).toEqual([]);
  });

  it('are looked up one after the other, and not while nobody sends', async () => {
    const { client } = open({}, 20);
    for (let i = 0; i < 20; i++) await client.idOf(`${SUBJECT} ${i}`, OURS, soon());
    const before = server.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(server.requests).toHaveLength(before);
    const began = performance.now();
    await waitUntil(() => {
      for (let i = 0; i < 20; i++) expect(client.idOf(`${SUBJECT} ${i}`, OURS, soon())).toBe(1);
      return server.requests.length >= before + 4;
    });
    // Between two of them lies a quarter of a second.
    expect(performance.now() - began).toBeGreaterThanOrEqual(3 * 250 - 2);
  });
});
