import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import {
  type SchemaRegistryOptions,
  registrySettings,
} from '../../../lib/transport/kafka/registry/registry-settings.js';
import { SchemaRegistryClient } from '../../../lib/transport/kafka/registry/schema-registry.js';
import { SingleFlight } from '../../../lib/transport/kafka/registry/single-flight.js';
import { waitUntil } from '../../support/wait-until.js';
import { refusalOf, soon } from './support/registry-server.js';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
});

/** A client of something that answers each request in its own way. */
async function clientFor(
  answer: RequestListener,
  options: SchemaRegistryOptions = {},
  readPatienceMs = 1_000,
) {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings = registrySettings({ url, ...options }, () => undefined, []);
  const waits = { readPatienceMs, confirmAfterMs: 5, firstDelayMs: 5, longestDelayMs: 20 };
  return new SchemaRegistryClient({ ...settings, ...waits });
}

const HEAD = '{"schema": "';
const TOO_LARGE = {
  code: 'UNUSABLE_RECORD',
  message: expect.stringMatching(
    /schema id 7, subject s: the schema is larger than 4194304 bytes \(schemaRegistry\.maxAnswerBytes\)/,
  ),
};

describe('an answer of a registry', () => {
  it('that never ends is read no further than the limit, and its connection closed', async () => {
    let [written, closed, requests] = [0, false, 0];
    const client = await clientFor(
      (_, response) => {
        requests++;
        response.on('close', () => (closed = true));
        response.write(HEAD);
        const chunk = Buffer.alloc(1 << 16, ' ');
        const more = (): void => {
          while (!closed && response.write(chunk)) written += chunk.length;
        };
        response.on('drain', more);
        more();
      },
      {},
      30_000,
    );
    expect(await refusalOf(() => client.schemaOf(7, 's'))).toMatchObject(TOO_LARGE);
    await waitUntil(() => closed);
    expect(written).toBeLessThan(64 << 20);
    // The refusal is remembered: records of the id do not ask again.
    expect(await refusalOf(() => client.schemaOf(7, 's'))).toMatchObject(TOO_LARGE);
    expect(requests).toBe(1);
  });

  it('counts as it is once it is decompressed', async () => {
    const body = gzipSync(`${HEAD}${' '.repeat(16 << 20)}"}`);
    expect(body.length).toBeLessThan(100_000);
    const client = await clientFor(
      (_, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' });
        response.end(body);
      },
      {},
      30_000,
    );
    expect(await refusalOf(() => client.schemaOf(7, 's'))).toMatchObject(TOO_LARGE);
  });

  it('has the limit that an option names, to the byte', async () => {
    const schema = JSON.stringify({ type: 'string', doc: 'é'.repeat(100) });
    const text = JSON.stringify({ schema });
    const most = Buffer.byteLength(text);
    const answer: RequestListener = (_, response) => response.end(text);
    const [enough, less] = await Promise.all([
      clientFor(answer, { maxAnswerBytes: most }),
      clientFor(answer, { maxAnswerBytes: most - 1 }),
    ]);
    expect(await enough.schemaOf(7, 's')).toBe(schema);
    expect(await refusalOf(() => less.schemaOf(7, 's'))).toMatchObject({ code: 'UNUSABLE_RECORD' });
    const problems: { setting: string }[] = [];
    for (const maxAnswerBytes of [0, -1, 1.5, Number.NaN, '9' as unknown as number])
      registrySettings({ url: 'http://r', maxAnswerBytes }, () => undefined, problems as never);
    expect(problems.map(({ setting }) => setting)).toEqual(
      Array(5).fill('kafkaTransport schemaRegistry.maxAnswerBytes'),
    );
  });

  it.each<[string, RequestListener]>([
    ['of another service', (_, response) => response.end(`<html>${' '.repeat(5 << 20)}`)],
    [
      'that refuses at length',
      (_, response) => {
        response.writeHead(404);
        response.end(`{"error_code": 40403, "message": "${' '.repeat(5 << 20)}"}`);
      },
    ],
    ['of brackets only', (_, response) => response.end('['.repeat(4_000_000))],
    ['of objects in objects', (_, response) => response.end('{"schema":'.repeat(400_000))],
    ['that is a list', (_, response) => response.end('["string"]')],
    [
      'with a schema that is no text',
      (_, response) => response.end('{"schema": {"type": "string"}}'),
    ],
    [
      'that leads to itself',
      (request, response) => {
        response.writeHead(302, { location: request.url });
        response.end();
      },
    ],
  ])('%s says nothing of the record: a service fault', async (_, answer) => {
    const client = await clientFor(answer);
    expect(await refusalOf(() => client.schemaOf(7, 's'))).toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    expect(await refusalOf(() => client.idOf('s', '"string"', soon(500)))).toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    client.close();
  });

  it('may have any content type', async () => {
    const client = await clientFor((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=latin1' });
      response.end('\ufeff{"schema": "\\"string\\""}');
    });
    expect(await client.schemaOf(7, 's')).toBe('"string"');
  });
});

describe('schemas by id', () => {
  const asked: number[] = [];
  const answersOf = (schemaOf: (id: number) => string) => {
    const answers = new SingleFlight<number, string>(() => 0);
    asked.length = 0;
    return async (id: number): Promise<string> =>
      answers.known(id) ??
      answers.ask(id, soon(), async () => {
        asked.push(id);
        return schemaOf(id);
      });
  };

  it('are asked for again when a thousand later ones came, and only then', async () => {
    const schemaOf = answersOf((id) => `"${id}"`);
    for (let id = 1; id <= 1_001; id++) await schemaOf(id);
    asked.length = 0;
    for (const id of [1_001, 2, 1, 1]) expect(await schemaOf(id)).toBe(`"${id}"`);
    expect(asked).toEqual([1]);
  });

  it('take a bounded part of the memory', async () => {
    const schemaOf = answersOf((id) => String(id).repeat(3_000_000));
    for (let id = 1; id <= 9; id++) await schemaOf(id);
    for (let id = 11; id <= 13; id++) await schemaOf(id);
    asked.length = 0;
    for (const id of [13, 12, 11, 9, 8, 7, 6]) await schemaOf(id);
    expect(asked).toEqual([]);
    await schemaOf(5);
    expect(asked).toEqual([5]);
  });
});
