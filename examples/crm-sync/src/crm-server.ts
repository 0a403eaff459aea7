// Stands for the CRM. It is down for the first requests, so that you see how the handler is retried.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

const completions = new Map<string, unknown>();
/** As many requests as there are attempts at once. */
const DOWN_FOR = 2;
let requests = 0;

const server = createServer((request, response) => {
  const id = request.url?.match(/^\/completions\/([\w-]+)$/)?.[1];
  void (async () => {
    const completion = await json(request);
    requests++;
    response.statusCode = requests <= DOWN_FOR ? 503 : id && request.method === 'PUT' ? 204 : 404;
    if (id && response.statusCode === 204) completions.set(id, completion);
    console.log(`${request.method} answered ${response.statusCode}`, [...completions.values()]);
    response.end();
  })();
});

server.listen(process.env['PORT'] ?? 8080);
await once(server, 'listening');
console.log(`The CRM listens on http://localhost:${(server.address() as AddressInfo).port}`);
