import { SendTimeoutError, ServiceUnavailableError } from '../../lib/errors/index.js';
import { StreamWireFormat } from '../../lib/transport/wire/stream-wire-format.js';
import { startRedis } from '../services/redis.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import {
  CLIENTS,
  eventually,
  onRedisOfItsOwn,
  record,
  RedisWorkbench,
  soon,
} from './support/redis-workbench.js';

describe.each(CLIENTS)('publishing to Redis, ioredis %s', (_, client) => {
  let bench: RedisWorkbench;
  beforeEach(() => (bench = new RedisWorkbench()));
  afterEach(() => bench.end());

  it('sends XADD with the arguments of the reference, in its order', () =>
    // The slow log tells of each command.
    onRedisOfItsOwn(
      async (own) => {
        const transport = await own.transport({ client });
        const metadata = {
          type: 'org.openedx.learning.auth.session.login.completed.v1',
          id: '2c7d8c8e-7d2d-11ee-b962-0242ac120002',
          source: 'openedx/lms/web',
          time: '2026-01-02T03:04:05.678901+00:00',
          minorversion: 0,
          sourcehost: 'host',
          sourcelib: [11, 2, 0],
        };
        const prepared = {
          ...{ type: metadata.type, topic: own.topic, metadata, key: null, schema: '""' },
          ...{ body: Buffer.from('body'), attributes: [] },
        };
        const wire = new StreamWireFormat().toRecord(prepared, own.topic);
        const [outcome] = await transport.publish([wire], soon());
        const log = (await own.redis.slowlog('GET', 128)) as [number, number, number, string[]][];
        expect(log.map(([, , , args]) => args).filter(([name]) => /^xadd$/i.test(name!))).toEqual([
          [
            ...['XADD', own.topic, 'MAXLEN', '~', '10000', '*'],
            ...['type', metadata.type, 'id', metadata.id, 'source', metadata.source],
            ...['time', metadata.time, 'minorversion', '0', 'sourcehost', 'host'],
            ...['sourcelib', '11.2.0', 'event_data', 'body'],
          ],
        ]);
        const [entry] = await own.redis.xrange(own.topic, '-', '+');
        const position = { topic: own.topic, partition: '0', offset: entry![0] };
        expect(outcome).toEqual({ status: 'sent', receipt: { position } });
      },
      { args: ['--slowlog-log-slower-than', '0'] },
    ));

  it('keeps bytes that are no text, written and read', async () => {
    const transport = await bench.transport({ client });
    const body = Buffer.from([0x00, 0x80, 0xff, 0x0d, 0x0a, 0x00]);
    const attributes = [['event_data', body]] as const;
    await transport.publish([{ topic: bench.topic, key: null, attributes, value: body }], soon());
    const { sink } = await bench.read(transport);
    await eventually(() => sink.deliveries.length === 1, 'the record');
    expect(Buffer.compare(sink.deliveries[0]!.record.value!, body)).toBe(0);
  });

  it('gives each record of a call its own outcome', async () => {
    const transport = await bench.transport({ client });
    await bench.redis.set(`${bench.topic}-text`, 'not a stream');
    const records = [bench.topic, `${bench.topic}-text`, bench.topic].map((t) => record(t, 1));
    const outcomes = await transport.publish(records, soon());
    expect(outcomes.map(({ status }) => status)).toEqual(['sent', 'notSent', 'sent']);
    expect(outcomes[1]).toMatchObject({ error: { topic: `${bench.topic}-text` } });
    expect(outcomes[1]).toHaveProperty('error.message', expect.stringContaining('WRONGTYPE'));
  });
});

describe('publishing to a Redis that fails', () => {
  it('trims streams to about streamMaxLen', async () => {
    const bench = new RedisWorkbench();
    const transport = await bench.transport({ streamMaxLen: 100 });
    await bench.publish(transport, ...Array.from({ length: 1_000 }, (_, n) => n));
    const length = await bench.redis.xlen(bench.topic);
    await bench.end();
    expect(length).toBeGreaterThanOrEqual(100);
    expect(length).toBeLessThan(300);
  });

  it('P-01: says notSent by the deadline where no Redis is reachable, and sends what still waits', async () => {
    const server = await startRedis();
    const bench = new RedisWorkbench(server.url);
    await server.kill();
    const transport = await bench.transport();
    const patient = transport.publish([record(bench.topic, 'patient')], soon(45_000));
    const [outcome] = await transport.publish([record(bench.topic, 'hasty')], soon(300));
    expect(outcome).toMatchObject({ status: 'notSent', error: expect.any(SendTimeoutError) });
    expect((outcome as { error: Error }).error.message).toMatch(
      /^Waiting to publish to Redis timed out after \d+ ms \(topic /,
    );
    // In time for the other one.
    await server.restart();
    expect((await patient)[0]).toMatchObject({ status: 'sent' });
    expect(await bench.redis.xlen(bench.topic)).toBe(1);
    await bench.end();
    await server.stop();
  });

  it('R-08: says unknown when the reply is lost, at once, and writes nothing twice', async () => {
    const proxy = await TcpProxy.to(Number(new URL(process.env.TEST_REDIS_URL!).port));
    const bench = new RedisWorkbench();
    const transport = await bench.transport({ url: `redis://127.0.0.1:${proxy.port}/0` });
    await transport.connect(soon());
    proxy.loseNextReply(/^\$\d+\r\n\d+-\d+\r\n/);
    const [lost] = await transport.publish([record(bench.topic, 1)], soon());
    expect(lost).toMatchObject({ status: 'unknown', error: expect.any(ServiceUnavailableError) });
    const [next] = await transport.publish([record(bench.topic, 2)], soon());
    expect(next).toMatchObject({ status: 'sent' });
    expect(await bench.redis.xlen(bench.topic)).toBe(2);
    await bench.end();
    await proxy.stop();
  });

  it('R-06: says unknown by the deadline on a half-open socket, and finds a new one', async () => {
    const proxy = await TcpProxy.to(Number(new URL(process.env.TEST_REDIS_URL!).port));
    const bench = new RedisWorkbench();
    const transport = await bench.transport({ url: `redis://127.0.0.1:${proxy.port}/0` });
    await transport.connect(soon());
    proxy.blackHole({ newToo: true });
    const [lost] = await transport.publish([record(bench.topic, 1)], soon(300));
    expect(lost).toMatchObject({ status: 'unknown', error: expect.any(SendTimeoutError) });
    proxy.heal();
    const [next] = await transport.publish([record(bench.topic, 2)], soon(1_000));
    expect(next).toMatchObject({ status: 'unknown' });
    await eventually(
      async () =>
        (await transport.publish([record(bench.topic, 3)], soon(500)))[0]!.status === 'sent',
      'publishing works again',
    );
    await bench.end();
    await proxy.stop();
  }, 20_000);

  it('writes five small pipelines without an answer, and no more but full ones', async () => {
    const proxy = await TcpProxy.to(Number(new URL(process.env.TEST_REDIS_URL!).port));
    const bench = new RedisWorkbench();
    const transport = await bench.transport({ url: `redis://127.0.0.1:${proxy.port}/0` });
    await transport.connect(soon());
    proxy.swallowReplies();
    const deadline = soon(500);
    const publish = (n: number) => transport.publish([record(bench.topic, n)], deadline);
    const small = Array.from({ length: 8 }, (_, n) => publish(n));
    const statuses = async (of: typeof small) =>
      (await Promise.all(of)).flat().map(({ status }) => status);
    await eventually(async () => (await bench.redis.xlen(bench.topic)) === 5, 'five are written');
    expect(await statuses(small)).toEqual([
      ...Array<string>(5).fill('unknown'),
      ...Array<string>(3).fill('notSent'),
    ]);
    expect(await bench.redis.xlen(bench.topic)).toBe(5);
    const full = Array.from({ length: 1_000 }, (_, n) => record(bench.topic, n));
    await transport.publish(full, soon(500));
    // As many as may be on their way in bytes.
    expect(await bench.redis.xlen(bench.topic)).toBeGreaterThan(100);
    await bench.end();
    await proxy.stop();
  });

  it('what waits for an answer travels in the order of the calls', async () => {
    const bench = new RedisWorkbench();
    const transport = await bench.transport();
    await transport.connect(soon());
    await bench.redis.client('PAUSE', 300, 'WRITE');
    const calls = Array.from({ length: 50 }, (_, n) =>
      transport.publish([record(bench.topic, 2 * n), record(bench.topic, 2 * n + 1)], soon()),
    );
    const outcomes = (await Promise.all(calls)).flat();
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['sent']));
    const entries = await bench.redis.xrange(bench.topic, '-', '+');
    const written = outcomes.map((o) => (o.status === 'sent' ? o.receipt.position?.offset : ''));
    expect(entries.map(([id]) => id)).toEqual(written);
    expect(entries).toHaveLength(100);
    await bench.end();
  });

  it('closes by the deadline with Redis stopped, and answers what is under way', async () => {
    const server = await startRedis();
    const bench = new RedisWorkbench(server.url);
    const transport = await bench.transport();
    await transport.connect(soon());
    await server.kill('SIGSTOP');
    const under = transport.publish([record(bench.topic, 1)], soon(3_600_000));
    await transport.close(soon(500));
    expect((await under)[0]).toMatchObject({ status: 'unknown' });
    await server.kill('SIGCONT');
    await server.stop();
    await bench.end();
  });
});
