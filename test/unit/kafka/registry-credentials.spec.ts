import { inspect } from 'node:util';
import type { SchemaRegistryOptions } from '../../../lib/transport/kafka/index.js';
import { clientOf, refusalOf, RegistryServer, soon } from './support/registry-server.js';

const SECRET = 'token-of-the-hour';

let server: RegistryServer;
beforeEach(async () => {
  server = new RegistryServer();
  await server.start();
});
afterEach(() => server.stop());

const sent = () => server.requests.map(({ headers }) => headers.authorization);

describe('credentials of the registry that an application gives', () => {
  it('are asked for before each request: key and secret, or a token', async () => {
    const given = [
      { apiKey: 'key', apiSecret: 's:1' },
      { apiKey: 'key', apiSecret: 's:2' },
      { token: SECRET },
    ];
    const client = clientOf([server], { credentialsProvider: () => given.shift()! });
    for (const subject of ['a', 'b', 'c']) await client.idOf(subject, '"string"', soon());
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    expect(sent()).toEqual([basic('key:s:1'), basic('key:s:2'), `Bearer ${SECRET}`]);
  });

  it('win over a key in the options', async () => {
    const credentialsProvider = () => Promise.resolve({ token: SECRET });
    const client = clientOf([server], { apiKey: 'key', apiSecret: 'secret', credentialsProvider });
    await client.idOf('s', '"string"', soon());
    expect(sent()).toEqual([`Bearer ${SECRET}`]);
  });

  it.each<[string, SchemaRegistryOptions['credentialsProvider'], RegExp]>([
    [
      'throws',
      () => {
        throw new TypeError(SECRET);
      },
      /the application's credentialsProvider failed \(an object of class TypeError/,
    ],
    [
      'rejects',
      () => Promise.reject(new Error(SECRET)),
      /the application's credentialsProvider failed/,
    ],
    [
      'gives nothing',
      () => undefined as never,
      /did not return \{ apiKey, apiSecret \} or \{ token \}/,
    ],
    ['gives half', () => ({ apiKey: SECRET }) as never, /did not return \{ apiKey, apiSecret \}/],
  ])('are a service fault, without a secret, where the function %s', async (_, provider, said) => {
    const client = clientOf([server], { credentialsProvider: provider });
    const error = await refusalOf(() => client.idOf('s', '"string"', soon(300)));
    expect(error).toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: expect.stringMatching(said),
    });
    expect(inspect([error, client], { depth: 20, showHidden: true })).not.toContain(SECRET);
    expect(server.requests).toEqual([]);
  });

  it('are asked for again after a failure', async () => {
    let failures = 0;
    const credentialsProvider = () => {
      if (failures++ < 2) throw new Error('away');
      return { token: SECRET };
    };
    await clientOf([server], { credentialsProvider }).idOf('s', '"string"', soon());
    expect(sent()).toEqual([`Bearer ${SECRET}`]);
  });

  it('are not waited for longer than a request may take', async () => {
    const credentialsProvider = () => new Promise<never>(() => undefined);
    const client = clientOf([server], { credentialsProvider, requestTimeoutMs: 50 });
    const error = await refusalOf(() => client.idOf('s', '"string"', soon(200)));
    expect(error).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    client.close();
  });
});
