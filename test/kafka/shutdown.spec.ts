import { freePort } from '../services/child-process.js';
import { sharedKafka } from '../services/shared-kafka.js';
import { endsAtSecondSigterm, PATIENT } from '../faults/driver/second-sigterm.js';
import { KAFKA_USER } from '../services/kafka-properties.js';
import { linesOf, SlowKafka } from './support/slow-kafka.js';

describe('the end of a process that consumes from Kafka', () => {
  const slow = SlowKafka.forEachTest();

  it('SIGTERM: the handler at work ends, its event is committed, nothing more begins, the group is left, exit code 0 (N-03)', async () => {
    await slow.send(3);
    const app = slow.start({ handlerMs: 5_000 });
    await app.says('begun 0');
    expect(await app.process.end('SIGTERM')).toBe(0);
    expect(app.said.filter((line) => /begun|done|closed/.test(line))).toEqual([
      ...['begun 0', 'done 0', 'closed'],
    ]);
    expect(await slow.committed()).toBe('1');
    expect(await slow.members()).toBe(0);
    const next = slow.start({ handlerMs: 1 });
    await next.says('done 2');
    expect(linesOf('begun', next)).toEqual(['begun 1', 'begun 2']);
  });

  it('a second SIGTERM ends the waiting for a handler, whose event stays uncommitted (N-03)', async () => {
    await slow.send(1);
    await endsAtSecondSigterm(slow.start(PATIENT));
    expect(await slow.committed()).toBe('0');
  });

  it('SIGTERM before the broker was ever reached ends the process in time, with 0 (N-03)', async () => {
    const app = slow.start({
      transport: { brokers: [`127.0.0.1:${await freePort()}`] },
      bus: { connect: 'background', shutdownTimeout: 3_000 },
    });
    await app.says('ready');
    expect(await app.process.end('SIGTERM')).toBe(0);
  });

  it('too many errors in a row: exit code 3, the rest is not committed (B-13)', async () => {
    await slow.send(5);
    const app = slow.start({ fails: true, bus: { consecutiveErrorsLimit: 3 } });
    expect(await app.process.read(60_000)).toBe(3);
    expect(linesOf('begun', app)).toEqual(['begun 0', 'begun 1', 'begun 2']);
    expect(app.said).toContain('closed');
    expect(await slow.committed()).toBe('3');
  });

  it('halted at an event: exit code 3, and it stays uncommitted (B-13)', async () => {
    await slow.send(2);
    const app = slow.start({ fails: true, bus: { onFailure: 'halt' } });
    expect(await app.process.read(60_000)).toBe(3);
    expect(linesOf('begun', app)).toEqual(['begun 0']);
    expect(await slow.committed()).toBe('0');
  });

  it.each([
    ['a broker that is not there', {}, /CONNECT_FAILED/],
    [
      'a wrong password',
      {
        brokers: sharedKafka().bootstrap.saslPlaintext.split(','),
        sasl: { mechanism: 'plain', username: KAFKA_USER.username, password: 'wrong-secret' },
      },
      /authentication failed/,
    ],
    [
      'TLS that the broker does not speak',
      { brokers: sharedKafka().bootstrap.plaintext.split(','), ssl: true },
      /TLS handshake failed|TLS that is enabled on one side only/,
    ],
  ] as const)(
    '%s at the start: exit code 1 with one readable error, no loop, no secret (K-12)',
    async (_, options, message) => {
      const brokers = [`127.0.0.1:${await freePort()}`];
      const app = slow.start({
        transport: { brokers, ...options },
        bus: { connectTimeout: 8_000 },
      });
      expect(await app.process.read(60_000)).toBe(1);
      expect(app.said).not.toContain('ready');
      const told = [...app.said, app.process.complaints].join('\n');
      expect(told).toMatch(message);
      expect(told).not.toMatch(/wrong-secret/);
      expect(
        told.split('\n').filter((line) => /ConnectError|ERROR/.test(line)).length,
      ).toBeLessThan(5);
    },
  );
});
