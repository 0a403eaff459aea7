import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { kafkaBus, secureKafkaBus } from '../interop/kafka-bus.js';
import { PythonDriver } from '../interop/python-driver.js';
import { accepts } from './java-service.js';
import { startKafka } from './kafka.js';
import { sharedRegistryUrl } from './shared-kafka.js';
import { until } from './until.js';

const TYPE = 'org.openedx.learning.auth.session.login.completed.v1';
const event = (topic: string, id: number) => ({
  ...{ topic, type: TYPE, key_field: 'user.pii.username' },
  data: { user: { id, is_active: true, pii: { username: 'ann', email: 'a@example.org' } } },
});

async function produce(bus: string, ...events: readonly unknown[]): Promise<readonly any[]> {
  const producer = await PythonDriver.start('produce.py', bus, 'dev');
  producer.write(events);
  return producer.end();
}

async function records(bus: string, topic: string): Promise<readonly any[]> {
  return (await PythonDriver.start('kafka_records.py', bus, `dev-${topic}`)).end();
}

describe('the shared Kafka and schema registry', () => {
  it.each([
    ['in the clear', kafkaBus],
    ['over SASL_SSL', secureKafkaBus],
  ])('carry what the Python producer sends to the Python consumer %s', async (_how, busOf) => {
    const topic = `services-${randomUUID()}`;
    const sent = await produce(busOf(), event(topic, 1), event(topic, 2));
    expect(sent.map(({ partition, offset }) => [partition, offset])).toEqual([
      [0, 0],
      [0, 1],
    ]);
    const consumer = await PythonDriver.start('consume.py', busOf(), topic, 'g', 'dev');
    const [ready, ...received] = await consumer.lines(3);
    await consumer.end();
    expect(ready).toEqual({ ready: true });
    expect(received.map(({ metadata }) => metadata)).toEqual(sent.map((line) => line.sent));
    expect(received.map(({ data }) => data.user.id)).toEqual([1, 2]);
  });

  it('give a group that has read a topic only what is new', async () => {
    const topic = `services-${randomUUID()}`;
    const bus = kafkaBus();
    const producer = await PythonDriver.start('produce.py', bus, 'dev');
    for (const id of [1, 2]) {
      producer.write([event(topic, id)]);
      await producer.lines(id);
      const consumer = await PythonDriver.start('consume.py', bus, topic, 'g', 'dev');
      const [, line] = await consumer.lines(2);
      expect(line.data.user.id).toBe(id);
      await consumer.end();
      expect(consumer.printed).toHaveLength(2);
    }
    await producer.end();
  });

  it('hold ten headers, and key and value in the framing of the registry', async () => {
    const topic = `services-${randomUUID()}`;
    await produce(kafkaBus(), event(topic, 1));
    const [record] = await records(kafkaBus(), topic);
    expect(record.headers.map(([name]: [string]) => name)).toEqual([
      ...['ce_specversion', 'content-type', 'ce_datacontenttype', 'ce_type', 'ce_id', 'ce_source'],
      ...['ce_time', 'ce_minorversion', 'sourcehost', 'sourcelib'],
    ]);
    const frame = /^00([0-9a-f]{8})([0-9a-f]*)$/;
    const [, keyId, key] = frame.exec(record.key)!;
    const [, valueId] = frame.exec(record.value)!;
    expect(Buffer.from(key!, 'hex').toString('latin1')).toBe('\x06ann');
    const subjects = {
      [`dev-${topic}-string`]: keyId,
      [`dev-${topic}-${TYPE}.CloudEvent`]: valueId,
    };
    for (const [subject, id] of Object.entries(subjects)) {
      const answer = await fetch(`${sharedRegistryUrl()}/subjects/${subject}/versions/latest`);
      expect(await answer.json()).toMatchObject({ subject, id: parseInt(id!, 16) });
    }
  });
});

describe('startKafka', () => {
  it('keeps three brokers of 3.9 going while one is killed, until they are stopped', async () => {
    const kafka = await startKafka({ version: '3.9', brokers: 3 });
    try {
      const bus = kafkaBus(kafka);
      await produce(bus, event('t', 1));
      await kafka.brokers[0]!.kill('SIGKILL');
      expect(await accepts(kafka.brokers[0]!.ports.plaintext)).toBe(false);
      await produce(bus, event('t', 2));
      await kafka.brokers[0]!.restart();
      await produce(bus, event('t', 3));
      expect((await records(bus, 't')).map(({ offset }) => offset)).toEqual([0, 1, 2]);
    } finally {
      await kafka.stop();
    }
    await kafka.stop();
    const open = await Promise.all(kafka.brokers.map(({ ports }) => accepts(ports.plaintext)));
    expect(open).toEqual([false, false, false]);
    expect(existsSync(kafka.folder)).toBe(false);
  }, 180_000);

  it('names what the broker said when it cannot start', async () => {
    const properties = { 'log.segment.bytes': 'many' };
    await expect(startKafka({ properties })).rejects.toThrow(
      /Kafka broker 1 ended with 1[^]*log\.segment\.bytes/,
    );
  }, 90_000);

  it('does not outlive a run that is killed', async () => {
    const url = (file: string) => new URL(file, import.meta.url).href;
    const script = `
    const { register } = await import('node:module');
    register('${url('typescript-loader.mjs')}');
    const { startKafka } = await import('${url('kafka.ts')}');
    console.log((await startKafka()).brokers[0].ports.plaintext);
    setInterval(() => undefined, 1000);`;
    const run = spawn(process.execPath, ['--input-type=module', '--eval', script]);
    const [port] = (await once(createInterface({ input: run.stdout }), 'line')) as [string];
    expect(await accepts(Number(port))).toBe(true);
    run.kill('SIGKILL');
    await until('the end of the broker', async () => !(await accepts(Number(port))), 10_000);
  }, 90_000);
});
