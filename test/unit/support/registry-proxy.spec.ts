import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RegistryProxy } from '../../support/registry-proxy.js';

let registry: Server;
let proxy: RegistryProxy;
const asked: string[] = [];

beforeEach(async () => {
  asked.length = 0;
  registry = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(request.url!.endsWith('/missing') ? 404 : 200);
    request.pipe(response);
  }).listen(0, '127.0.0.1');
  await once(registry, 'listening');
  const target = `http://127.0.0.1:${(registry.address() as AddressInfo).port}/base/v7`;
  proxy = await RegistryProxy.to(target, { credentials: { user: 'key', password: 'secret' } });
});
afterEach(async () => {
  await proxy.stop();
  registry.close();
  registry.closeAllConnections();
});

function ask(path: string, body?: string, credentials = 'key:secret'): Promise<Response> {
  return fetch(proxy.url + path, {
    headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    ...(body === undefined ? {} : { method: 'POST', body }),
  });
}

it('serves the base path of the registry at its root, and keeps what was asked and answered', async () => {
  const answer = await ask('/subjects/s?x=1', '{"a":1}');
  expect([answer.status, await answer.text()]).toEqual([200, '{"a":1}']);
  expect((await ask('/missing')).status).toBe(404);
  expect(asked).toEqual(['POST /base/v7/subjects/s?x=1', 'GET /base/v7/missing']);
  expect(
    proxy.requests.map(({ method, path, body, status }) => [method, path, body, status]),
  ).toEqual([
    ['POST', '/subjects/s?x=1', '{"a":1}', 200],
    ['GET', '/missing', '', 404],
  ]);
});

it('asks for the credentials', async () => {
  const answer = await ask('/subjects', undefined, 'key:wrong');
  expect([answer.status, await answer.json()]).toEqual([
    401,
    { error_code: 401, message: 'Unauthorized' },
  ]);
  expect(asked).toEqual([]);
});

it('answers as many matching requests wrongly as it was told', async () => {
  proxy.fail({ status: 503, times: 2, match: /^POST .*versions/ });
  const statuses: number[] = [];
  for (const body of [undefined, 'a', 'b', 'c']) {
    statuses.push((await ask('/subjects/s/versions', body)).status);
  }
  expect(statuses).toEqual([200, 503, 503, 200]);
  expect(asked).toHaveLength(2);
});

it('answers with headers and a body of choice until it is healed', async () => {
  proxy.fail({ status: 429, headers: { 'retry-after': '7' }, body: 'slow down' });
  const answer = await ask('/subjects');
  expect([answer.status, answer.headers.get('retry-after'), await answer.text()]).toEqual([
    ...[429, '7', 'slow down'],
  ]);
  proxy.heal();
  expect((await ask('/subjects')).status).toBe(200);
});

it('cuts the connection before or after the registry has done its work', async () => {
  proxy.fail({ cut: 'before', times: 1 });
  await expect(ask('/one', 'x')).rejects.toThrow('fetch failed');
  expect(asked).toEqual([]);
  proxy.fail({ cut: 'afterwards', times: 1 });
  await expect(ask('/two', 'x')).rejects.toThrow('fetch failed');
  expect(asked).toEqual(['POST /base/v7/two']);
  expect(proxy.requests.map(({ status }) => status)).toEqual([undefined, undefined]);
});

it('waits before it passes a request on, and no longer than it lives', async () => {
  proxy.fail({ delayMs: 100, times: 1 });
  const started = performance.now();
  expect((await ask('/slow')).status).toBe(200);
  expect(performance.now() - started).toBeGreaterThanOrEqual(98);
  proxy.fail({ delayMs: 60_000 });
  const hanging = ask('/hanging').then(
    () => 'answered',
    () => 'failed',
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  await proxy.stop();
  expect(await hanging).toBe('failed');
});
