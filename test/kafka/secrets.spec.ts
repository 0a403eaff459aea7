import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import * as kafkajs from 'kafkajs';
import { kafkaTransport } from '../../lib/transport/kafka/index.js';
import { KAFKA_USER } from '../services/kafka-properties.js';
import { sharedKafka } from '../services/shared-kafka.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';

const WRONG = 'wr0ng-secret';
const address = (file: string): string => new URL(file, import.meta.url).href;
const { bootstrap } = sharedKafka();
const bench = new KafkaWorkbench();
afterAll(() => bench.close());

/** What a process prints until it ends. */
async function printed(brokers: string, start: string): Promise<string> {
  const script = `
    const { register } = await import('node:module');
    register('${address('../services/typescript-loader.mjs')}');
    await import('reflect-metadata');
    const { ConsoleLogger, Module } = await import('@nestjs/common');
    const { NestFactory } = await import('@nestjs/core');
    const { EventBusModule } = await import('${address('../../lib/index.ts')}');
    const { kafkaTransport } = await import('${address('../../lib/transport/kafka/index.ts')}');
    const sasl = { mechanism: 'plain', username: '${KAFKA_USER.username}', password: process.env.WRONG };
    const registry = 'http://key:' + process.env.WRONG + '@127.0.0.1:1';
    const transport = kafkaTransport({
      brokers: process.env.BROKERS.split(','), sasl, schemaRegistry: { url: registry },
    });
    const bus = EventBusModule.forRoot({ transport, group: 'g', connectTimeout: 2_000 });
    class Root {}
    Module({ imports: [bus] })(Root);
    ${start}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, WRONG, BROKERS: brokers, NO_COLOR: '1' },
  });
  let told = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (told += text.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  expect(code).toBe(1);
  return told;
}

function expectNoSecret(text: string): void {
  expect(text).not.toContain(WRONG);
  for (const user of ['key', KAFKA_USER.username])
    expect(text).not.toContain(Buffer.from(`${user}:${WRONG}`).toString('base64').slice(0, -4));
}

describe('what failed at Kafka is told, and no secret with it', () => {
  it.each([
    [
      'a wrong password, by Node, of what nobody caught',
      bootstrap.saslPlaintext,
      'await NestFactory.createApplicationContext(Root, { logger: false, abortOnError: false });',
      'authentication failed',
    ],
    [
      "a broker that speaks TLS, by Nest's exception logger",
      bootstrap.saslSsl,
      'await NestFactory.createApplicationContext(Root, { logger: new ConsoleLogger({ json: true }) });',
      'CONNECT_FAILED',
    ],
  ])(
    '%s',
    async (_, brokers, start, said) => {
      const told = await printed(brokers, start);
      expect(told).toContain(said);
      expectNoSecret(told);
    },
    60_000,
  );

  it.each<[string, () => Promise<{ value: string }>, RegExp]>([
    [
      'throws with its token',
      () => Promise.reject(Object.assign(new TypeError(`no ${WRONG}`), { token: WRONG })),
      /application's oauthBearerProvider failed \(an object of class TypeError/,
    ],
    [
      'gives nothing',
      () => Promise.resolve(undefined as never),
      /did not return \{ value: token \}/,
    ],
  ])('a provider of tokens that %s', async (_, oauthBearerProvider, said) => {
    const transport = await bench.open({
      brokers: bootstrap.saslPlaintext.split(','),
      sasl: { mechanism: 'oauthbearer', oauthBearerProvider },
    });
    const error: unknown = await transport.connect(Date.now() + 2_000).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'CONNECT_FAILED', message: expect.stringMatching(said) });
    const deep = { depth: 20, showHidden: true };
    expectNoSecret(inspect(error, deep) + JSON.stringify(error) + bench.lines.join());
  });

  it('a key that the registry does not take', async () => {
    const registry = createServer((_, answer) => {
      answer.writeHead(401, { 'content-type': 'application/json' });
      answer.end('{"error_code":40101,"message":"wrong credentials"}');
    }).listen(0, '127.0.0.1');
    await once(registry, 'listening');
    const { port } = registry.address() as AddressInfo;
    const lines: string[] = [];
    const keep = (line: unknown) => void lines.push(String(line));
    const { transport, schemas } = await kafkaTransport({
      client: kafkajs,
      brokers: bench.brokers,
      schemaRegistry: { url: `http://key:${WRONG}@127.0.0.1:${port}` },
    })({
      bus: 'b',
      setting: () => undefined,
      logger: { log: keep, warn: keep, error: keep, debug: keep },
    });
    try {
      const frame = Buffer.from('000000000702', 'hex');
      const error: unknown = await schemas!.read(frame, 't').catch((e: unknown) => e);
      expect(error).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
      expectNoSecret(inspect([error, transport, schemas], { depth: 20, showHidden: true }));
      expectNoSecret(JSON.stringify([error, schemas]) + lines.join());
    } finally {
      await transport.close(Date.now());
      registry.close();
    }
  });
});
