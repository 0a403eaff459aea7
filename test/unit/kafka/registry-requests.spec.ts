import { SchemaRejectedError } from '../../../lib/errors/index.js';
import { clientOf, refusalOf, RegistryServer, soon } from './support/registry-server.js';

const SUBJECT = 'dev-login-org.openedx.learning.auth.session.login.completed.v1.CloudEvent';
const SCHEMA = '{"name": "CloudEvent", "type": "record", "fields": []}';

let server: RegistryServer;
beforeEach(async () => {
  server = new RegistryServer();
  await server.start();
});
afterEach(async () => {
  expect(server.asked.join()).not.toMatch(/PUT|DELETE|config/);
  await server.stop();
});

describe('registering a schema', () => {
  it('is the request of the reference, byte for byte in the schema text', async () => {
    await expect(clientOf([server]).idOf(SUBJECT, SCHEMA, soon())).resolves.toBe(1);
    const [request, ...more] = server.requests;
    expect(more).toEqual([]);
    expect(request).toMatchObject({
      method: 'POST',
      url: `/subjects/${SUBJECT}/versions?normalize=False`,
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    });
    expect(request!.body).toBe(
      `{"schema":${JSON.stringify(SCHEMA)},"schemaType":"AVRO","references":[]}`,
    );
    expect(request!.headers.authorization).toBeUndefined();
  });

  it('is asked once for each subject and text, then known at once', async () => {
    const client = clientOf([server]);
    await client.idOf(SUBJECT, SCHEMA, soon());
    expect(client.idOf(SUBJECT, SCHEMA, soon())).toBe(1);
    expect(await client.idOf('other', SCHEMA, soon())).toBe(1);
    expect(await client.idOf(SUBJECT, '"string"', soon())).toBe(2);
    expect(server.requests).toHaveLength(3);
  });

  it('keeps odd characters of a subject in its part of the path', async () => {
    await clientOf([server]).idOf('a/b c?d#é%', SCHEMA, soon());
    expect(server.asked).toEqual([
      'POST /subjects/a%2Fb%20c%3Fd%23%C3%A9%25/versions?normalize=False',
    ]);
  });

  it('goes below the path of the base URL', async () => {
    const url = `${server.url}/apis/ccompat/v7/`;
    server.always = { status: 200, body: { id: 12 } };
    expect(await clientOf([], { url }).idOf('s', SCHEMA, soon())).toBe(12);
    expect(server.asked).toEqual(['POST /apis/ccompat/v7/subjects/s/versions?normalize=False']);
  });
});

describe('with autoRegister off', () => {
  it('a schema is only looked up under its subject', async () => {
    const id = server.hold(SCHEMA, SUBJECT);
    const client = clientOf([server], { autoRegister: false });
    expect(await client.idOf(SUBJECT, SCHEMA, soon())).toBe(id);
    expect(server.asked).toEqual([`POST /subjects/${SUBJECT}`]);
  });

  it('a schema that is not there is refused, and nothing is registered', async () => {
    const client = clientOf([server], { autoRegister: false });
    const error = await refusalOf(() => client.idOf(SUBJECT, SCHEMA, soon()));
    expect(error).toBeInstanceOf(SchemaRejectedError);
    expect(error).toMatchObject({ code: 'SCHEMA_REJECTED', subject: SUBJECT, status: 404 });
    expect(server.asked.filter((asked) => asked.includes('/versions'))).toEqual([]);
  });
});

describe('the schema of an id', () => {
  it('is asked for by the id alone and known for ever', async () => {
    const id = server.hold(SCHEMA);
    const client = clientOf([server]);
    expect(await client.schemaOf(id, SUBJECT)).toBe(SCHEMA);
    expect(client.schemaOf(id, 'another')).toBe(SCHEMA);
    expect(server.asked).toEqual([`GET /schemas/ids/${id}`]);
    expect(server.requests[0]!.body).toBe('');
  });

  it('is unusable when it is no Avro schema', async () => {
    server.always = { status: 200, body: { schemaType: 'JSON', schema: '{}' } };
    const error = await refusalOf(() => clientOf([server]).schemaOf(4, SUBJECT));
    expect(error.code).toBe('UNUSABLE_RECORD');
    expect(error.message).toContain(`schema id 4, subject ${SUBJECT}: not an Avro schema`);
  });
});

describe('credentials', () => {
  const authorization = (user: string) => `Basic ${Buffer.from(user).toString('base64')}`;
  const sent = async (options: Parameters<typeof clientOf>[1]) => {
    await clientOf([server], options).idOf('s', SCHEMA, soon());
    return server.requests.at(-1)!.headers.authorization;
  };

  it('go as basic authentication', async () => {
    expect(await sent({ apiKey: 'kéy', apiSecret: 's:ecret' })).toBe(authorization('kéy:s:ecret'));
    expect(await sent({ apiKey: 'key' })).toBe(authorization('key:'));
    expect(await sent({ apiKey: '', apiSecret: '' })).toBeUndefined();
  });

  it('may stand in the URL', async () => {
    const url = server.url.replace('//', '//us%40er:pa%2Fss@');
    expect(await sent({ url })).toBe(authorization('us@er:pa/ss'));
  });
});

describe('comparing a schema with its subject', () => {
  const compare = () => clientOf([server]).compare(SUBJECT, SCHEMA, soon());
  const notThere = { status: 404, body: { error_code: 40403, message: 'Schema not found' } };

  it('finds one that is registered', async () => {
    const id = server.hold(SCHEMA, SUBJECT);
    expect(await compare()).toEqual({ state: 'registered', id });
  });

  it('asks the registry whether a new one is compatible', async () => {
    server.faults.push(notThere, { status: 200, body: { is_compatible: true } });
    expect(await compare()).toEqual({ state: 'compatible' });
    expect(server.asked).toEqual([
      `POST /subjects/${SUBJECT}`,
      `POST /compatibility/subjects/${SUBJECT}/versions/latest?verbose=true`,
    ]);
  });

  it('says why one is not compatible', async () => {
    const body = { is_compatible: false, messages: ['field x has no default'] };
    server.faults.push(notThere, { status: 200, body });
    expect(await compare()).toEqual({ state: 'incompatible', reasons: body.messages });
  });

  it('says why in texts that are fit to be shown, whatever the registry gives', async () => {
    const messages: unknown[] = [
      { toString: 1 },
      ['a'],
      null,
      7,
      'a\n\u009b2J',
      'm'.repeat(100_000),
      ...Array<string>(10_000).fill('more'),
    ];
    server.faults.push(notThere, { status: 200, body: { is_compatible: false, messages } });
    const { reasons } = (await compare()) as { reasons: readonly string[] };
    expect(reasons).toHaveLength(20);
    expect(reasons.slice(0, 3)).toEqual([
      'a\\n\\u009b2J',
      expect.stringMatching(/^m+… \(100000 characters\)$/),
      'more',
    ]);
    for (const reason of reasons) expect(reason.length).toBeLessThan(1_100);
  });

  it('knows a subject that does not exist', async () => {
    const noSubject = { status: 404, body: { error_code: 40401, message: 'Subject not found' } };
    server.faults.push(noSubject, noSubject);
    expect(await compare()).toEqual({ state: 'newSubject' });
  });

  it('refuses a schema that is not valid', async () => {
    server.always = { status: 422, body: { error_code: 42201, message: 'Invalid schema' } };
    expect(await refusalOf(compare)).toMatchObject({ code: 'SCHEMA_REJECTED', status: 422 });
  });
});
