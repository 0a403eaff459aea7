import { monotonicNow } from '../../../../lib/common/clocks.js';
import { jest } from '@jest/globals';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type SchemaRegistryOptions,
  registrySettings,
} from '../../../../lib/transport/kafka/registry/registry-settings.js';
import { SchemaRegistryClient } from '../../../../lib/transport/kafka/registry/schema-registry.js';

export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** `hang`: no answer ever. `drop`: the connection is closed. */
export type Reply =
  | { readonly status: number; readonly body: unknown; readonly headers?: Record<string, string> }
  | 'hang'
  | 'drop';

/** A small schema registry in this process, with faults to order. */
export class RegistryServer {
  readonly requests: ReceivedRequest[] = [];
  /** Each is the reply to one request, in order; after them the registry answers as it should. */
  readonly faults: Reply[] = [];
  /** Overrules everything while it is set. */
  always: Reply | undefined;
  private schemas: (string | undefined)[] = [];
  private readonly subjects = new Set<string>();
  private server: Server | undefined;
  private port = 0;

  /** Starts it, the second time at the same port. */
  async start(): Promise<void> {
    const server = createServer((request, response) => void this.serve(request, response));
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What was asked, as `METHOD /path`. */
  get asked(): string[] {
    return this.requests.map(({ method, url }) => `${method} ${url}`);
  }

  /** The id that the registry gives to a schema from now on. */
  hold(schema: string, subject?: string): number {
    if (subject !== undefined) this.subjects.add(`${subject}\n${schema}`);
    const known = this.schemas.indexOf(schema);
    return known < 0 ? this.schemas.push(schema) : known + 1;
  }

  /** As after a restart without its data: ids begin anew. */
  empty(): void {
    this.schemas = [];
    this.subjects.clear();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url = '', headers } = request;
    const received = { method, url, headers, body: Buffer.concat(chunks).toString() };
    this.requests.push(received);
    const reply = this.always ?? this.faults.shift() ?? this.answer(received);
    if (reply === 'hang') return;
    if (reply === 'drop') {
      response.destroy();
      return;
    }
    response.writeHead(reply.status, reply.headers);
    response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
  }

  private answer({ method, url, body }: ReceivedRequest): Reply {
    const path = url.replace(/\?.*/, '').split('/').map(decodeURIComponent);
    if (method === 'GET' && path[1] === 'schemas') {
      const schema = this.schemas[Number(path[3]) - 1];
      if (schema === undefined) return missing(40403, `Schema ${path[3]} not found`);
      return { status: 200, body: { schema } };
    }
    const { schema } = JSON.parse(body || '{}') as { schema: string };
    const subject = path[2]!;
    if (method === 'GET' && path[4] === 'latest')
      return [...this.subjects].some((known) => known.startsWith(`${subject}\n`))
        ? { status: 200, body: { subject, version: 1 } }
        : missing(40401, `Subject '${subject}' not found`);
    if (path.length === 4 && path[3] === 'versions')
      return { status: 200, body: { id: this.hold(schema, subject) } };
    if (path.length === 3 && path[1] === 'subjects')
      return this.subjects.has(`${subject}\n${schema}`)
        ? { status: 200, body: { subject, id: this.hold(schema), version: 1, schema } }
        : missing(40403, 'Schema not found');
    return { status: 404, body: { error_code: 404, message: 'HTTP 404 Not Found' } };
  }
}

function missing(code: number, message: string): Reply {
  return { status: 404, body: { error_code: code, message } };
}

/** A client with short waits for the registries. */
export function clientOf(
  servers: readonly RegistryServer[],
  options: SchemaRegistryOptions = {},
  waits: {
    readPatienceMs?: number;
    confirmAfterMs?: number;
    firstDelayMs?: number;
    longestDelayMs?: number;
  } = {},
): SchemaRegistryClient {
  const url = servers.map((server) => server.url);
  const settings = registrySettings({ url, ...options }, () => undefined, []);
  return new SchemaRegistryClient({
    ...settings,
    readPatienceMs: 2_000,
    confirmAfterMs: 5,
    firstDelayMs: 5,
    longestDelayMs: Math.max(20, waits.firstDelayMs ?? 0),
    ...waits,
  });
}

/** What the promise, or the call, is refused with. */
export async function refusalOf(action: () => unknown): Promise<any> {
  try {
    await action();
  } catch (error) {
    return error;
  }
  throw new Error('was not refused');
}

export const soon = (ms = 2_000): number => monotonicNow() + ms;

/** The answer of a registry that refuses. */
export const refusal = (status: number, code = status, message = 'said the registry'): Reply => ({
  status,
  body: { error_code: code, message },
});

/** Sets the clock so much ahead of the real time, until mocks are restored. */
export function passSeconds(seconds: number): void {
  jest.restoreAllMocks();
  const now = performance.now();
  jest.spyOn(performance, 'now').mockImplementation(() => now + seconds * 1_000);
}
