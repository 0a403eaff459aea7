import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';

/** One request and how it was answered. */
export interface RegistryRequest {
  readonly method: string;
  /** With query, below the registry's base path. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** undefined: not answered. */
  readonly status: number | undefined;
  readonly answer: string;
}

/** What goes wrong, for the requests that match. */
export interface RegistryFault {
  /** Answers so instead of the registry. */
  readonly status?: number;
  /** With `status`. Default: an error as Confluent's registry words it. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Closes the connection without an answer; with `afterwards`, once the registry has done its work. */
  readonly cut?: 'before' | 'afterwards';
  /** Waits so long first. */
  readonly delayMs?: number;
  /** How many requests. Default: all until `heal`. */
  readonly times?: number;
  /** Of `METHOD /path`. Default: every request. */
  readonly match?: RegExp;
}

export interface RegistryProxyOptions {
  /** Asked of every client, as basic auth. */
  readonly credentials?: { readonly user: string; readonly password: string };
}

/**
 * An HTTP proxy before a schema registry, on the loopback address: serves its API at the root path, as
 * Confluent's does, keeps every request, and fails when told to. Whoever started it stops it.
 */
export class RegistryProxy {
  /** In the order in which they were answered. */
  readonly requests: RegistryRequest[] = [];
  private faults: { fault: RegistryFault; left: number }[] = [];
  private readonly server: Server;
  private readonly stopped = new AbortController();

  private constructor(
    private readonly target: string,
    private readonly options: RegistryProxyOptions,
  ) {
    this.server = createServer((request, response) => {
      this.handle(request, response).catch(() => response.destroy());
    });
  }

  /** Resolves when it listens. `target`: where the API of the registry begins. */
  static async to(target: string, options: RegistryProxyOptions = {}): Promise<RegistryProxy> {
    const proxy = new RegistryProxy(target, options);
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Without credentials. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Adds a fault: the first that matches a request and has not been used up is taken. */
  fail(fault: RegistryFault): void {
    this.faults.push({ fault, left: fault.times ?? Infinity });
  }

  /** From now on all is well. */
  heal(): void {
    this.faults = [];
  }

  /** Ends all connections and listens no more. Idempotent. */
  async stop(): Promise<void> {
    this.stopped.abort();
    if (!this.server.listening) return;
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const fault = this.take(request) ?? {};
    if (fault.delayMs) await this.wait(fault.delayMs);
    const answer =
      fault.cut === 'before'
        ? undefined
        : await this.answer(request, body, fault).catch(unreachable);
    const reaches = fault.cut === undefined && answer !== undefined && !response.destroyed;
    this.requests.push({
      ...{ method: request.method!, path: request.url!, headers: request.headers, body },
      status: reaches ? answer.status : undefined,
      answer: answer?.body ?? '',
    });
    if (!reaches) return void response.destroy();
    response.writeHead(answer.status, { 'content-type': CONTENT_TYPE, ...answer.headers });
    response.end(answer.body);
  }

  private async answer(
    request: IncomingMessage,
    body: string,
    fault: RegistryFault,
  ): Promise<Answer> {
    const { credentials } = this.options;
    if (fault.status !== undefined) {
      const { status, headers = {} } = fault;
      return { ...refusal(status, 'fault injected by the proxy', headers), ...given(fault.body) };
    }
    if (credentials) {
      const wanted = Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64');
      if (request.headers.authorization !== `Basic ${wanted}`)
        return refusal(401, 'Unauthorized', { 'www-authenticate': 'Basic realm="SchemaRegistry"' });
    }
    const passed = await fetch(this.target + request.url, {
      method: request.method!,
      headers: kept(request, 'content-type', 'accept'),
      ...(body ? { body } : {}),
      signal: AbortSignal.any([this.stopped.signal, AbortSignal.timeout(30_000)]),
    });
    return { status: passed.status, headers: {}, body: await passed.text() };
  }

  private take(request: IncomingMessage): RegistryFault | undefined {
    const line = `${request.method} ${request.url}`;
    const found = this.faults.find(
      ({ fault, left }) => left > 0 && (fault.match?.test(line) ?? true),
    );
    if (found) found.left--;
    return found?.fault;
  }

  private async wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.stopped.signal.addEventListener('abort', () => (clearTimeout(timer), resolve()));
    });
  }
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function refusal(status: number, message: string, headers: Answer['headers'] = {}): Answer {
  return { status, headers, body: JSON.stringify({ error_code: status, message }) };
}

function unreachable(error: unknown): Answer {
  return refusal(502, `the registry behind the proxy does not answer: ${String(error)}`);
}

function given(body: string | undefined): Partial<Answer> {
  return body === undefined ? {} : { body };
}

function kept(request: IncomingMessage, ...names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = request.headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}
