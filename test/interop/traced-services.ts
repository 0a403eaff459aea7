import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type BuiltLibrary, buildLibrary } from '../faults/driver/built-library.js';
import { spawnTied } from '../services/child-process.js';
import { until } from '../services/until.js';
import { recordedSamples } from './event-samples.js';

const PROGRAM = join(import.meta.dirname, 'processes', 'traced-service.mjs');
/** The event that the services send. */
export const TRACED = recordedSamples().find(
  ({ type }) => type === 'org.openedx.learning.course.enrollment.created.v1',
)!;
/** Of OTLP. */
const KINDS = ['', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];

interface ExportedSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly links?: readonly { readonly spanId: string }[];
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
}

/** What an OpenTelemetry collector takes over HTTP, with the service as the path. */
export class Collector {
  readonly spans: ExportedSpan[] = [];
  private constructor(private readonly server: Server) {}

  static async start(): Promise<Collector> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const service = request.url!.slice(1);
        const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString());
        for (const { scopeSpans } of resourceSpans)
          for (const { spans } of scopeSpans)
            for (const span of spans) collector.spans.push({ service, ...span });
        response.setHeader('content-type', 'application/json').end('{}');
      });
    });
    const collector = new Collector(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The spans of a trace: service, name, kind, and the service and name of the parent. */
  tree(trace: string): readonly string[] {
    const within = this.spans.filter(({ traceId }) => traceId === trace);
    const nameOf = (id: string | undefined): string => {
      const span = this.spans.find(({ spanId }) => spanId === id);
      return span ? `${span.service}: ${span.name}` : `${id}`;
    };
    return within
      .map(
        (span) =>
          `${nameOf(span.spanId)} ${KINDS[span.kind]} below ${nameOf(span.parentSpanId)}` +
          (span.links?.length ? ` links ${span.links.map((l) => nameOf(l.spanId)).join()}` : ''),
      )
      .sort();
  }

  async end(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** Nest services in processes of their own, which export their spans to one collector. */
export class TracedServices {
  private readonly running: ChildProcess[] = [];

  private constructor(
    private readonly library: BuiltLibrary,
    readonly collector: Collector,
  ) {}

  static async prepare(): Promise<TracedServices> {
    return new TracedServices(await buildLibrary(), await Collector.start());
  }

  /** Resolves when the service consumes. See `processes/traced-service.mjs` for the configuration. */
  async start(config: {
    readonly name: string;
    readonly reads: string;
    readonly [more: string]: unknown;
  }): Promise<void> {
    const { library, collector } = this;
    const shared = { lib: library.address, collector: collector.url, type: TRACED.type };
    const argument = JSON.stringify({ ...shared, ...config });
    const child = spawnTied(process.execPath, ['--no-warnings', PROGRAM, argument], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.running.push(child);
    let out = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (out += text));
    await until('the service is ready', () => out.includes('ready'), 90_000);
  }

  /** Resolves when all have closed their buses and exported their spans. */
  async stop(): Promise<void> {
    const children = this.running.splice(0);
    for (const child of children) child.stdin!.end();
    const exits = children.map(async (child) => {
      if (child.exitCode === null) await once(child, 'exit');
    });
    await Promise.all(exits);
  }

  async end(): Promise<void> {
    for (const child of this.running) child.kill('SIGKILL');
    await this.collector.end();
    await this.library.remove();
  }
}
