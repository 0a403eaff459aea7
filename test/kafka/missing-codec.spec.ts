import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import { EventBusProducer } from '../../lib/producing/event-bus-producer.js';
import { buildLibrary } from '../faults/driver/built-library.js';
import { ReportingProcess } from '../faults/driver/reporting-process.js';
import { PROJECT } from '../services/service-cache.js';
import { sharedRegistryUrl } from '../services/shared-kafka.js';
import { until } from '../services/until.js';
import { KafkaApps, KEYED, upTo } from './support/kafka-apps.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';
import { storedCompressions } from './support/stored-compressions.js';

/** What the library needs, without any package of a codec. */
const PACKAGES = ['@nestjs', 'avsc', 'kafkajs', 'reflect-metadata', 'rxjs'];

describe('without the package of a compression', () => {
  const bench = new KafkaWorkbench();
  const apps = new KafkaApps();
  let home: string;
  let lib: string;
  const processes: ReportingProcess[] = [];

  beforeAll(async () => {
    // Outside the project, whose packages it would find.
    home = await mkdtemp(join(tmpdir(), 'no-codecs-'));
    await mkdir(join(home, 'node_modules'));
    await writeFile(join(home, 'package.json'), '{ "type": "module" }');
    for (const name of PACKAGES)
      await symlink(join(PROJECT, 'node_modules', name), join(home, 'node_modules', name));
    lib = (await buildLibrary(join(home, 'lib'))).address;
  }, 60_000);
  afterAll(async () => {
    await Promise.all(processes.map((one) => one.end('SIGKILL')));
    await apps.close();
    await bench.close();
    await rm(home, { recursive: true, force: true });
  });

  /** A program of `processes/`, and the lines that it has written. */
  const start = (program: string, config: object) => {
    const lines: any[] = [];
    const file = join(import.meta.dirname, 'processes', program);
    const args = ['--no-warnings', file, JSON.stringify({ lib, ...config })];
    const made = new ReportingProcess({ program: process.execPath, args }, (line) =>
      lines.push(JSON.parse(line)),
    );
    processes.push(made);
    return { process: made, lines };
  };

  it('a start with that compression ends in an error that names the package', async () => {
    const { process: codecs, lines } = start('codecs.mjs', {});
    expect(await codecs.read(30_000)).toBe(0);
    const needs = (compression: string, packageName: string) => ({
      compression,
      error: {
        ...{ code: 'MISSING_PEER', packageName },
        message: `Compression ${compression} on Kafka needs the package ${packageName}, which is not installed. Install it: npm install ${packageName}`,
      },
    });
    expect(lines).toEqual([
      { compression: 'none', error: null },
      { compression: 'gzip', error: null },
      needs('snappy', 'kafkajs-snappy'),
      needs('lz4', 'lz4-napi'),
      // Node has it from 22.15 on.
      'zstdCompress' in zlib
        ? { compression: 'zstd', error: null }
        : needs('zstd', '@mongodb-js/zstd'),
    ]);
  });

  it('a consumer that meets such records ends with an error that names it, settles none of them, and the next one that has it goes on there', async () => {
    const [topic, group] = [await bench.topic(), bench.newName('group')];
    await apps.send(topic, upTo(3));
    const config = { brokers: bench.brokers, registry: sharedRegistryUrl(), topic, group };
    const { process: reader, lines } = start('reader.mjs', config);
    await reader.reaches('three events', () => lines.length === 3);
    const committed = () => bench.committed(group, topic);
    await until('the commit', async () => (await committed())[0] === '3');

    const transport = { compression: 'lz4' } as const;
    const sender = await apps.start({ topic, group, providers: [], transport });
    const producer = sender.app.get(EventBusProducer, { strict: false });
    const sends = upTo(6, 4).map((n) => producer.send(KEYED, { n, key: 'key' }, { topic }));
    await Promise.all(sends);
    expect(await storedCompressions(bench.brokers, topic)).toContain('lz4');

    expect(await reader.read(30_000)).toBe(3);
    const message =
      'Reading lz4 from Kafka needs the package lz4-napi, which is not installed. Install it: npm install lz4-napi';
    expect(lines.slice(3)).toEqual([{ state: 'failed', healthy: false, error: message }]);
    expect(reader.complaints.trim().split('\n')).toEqual([
      `Group ${group} lost its subscription permanently; this process receives no more events of the group until it is restarted: ${message}`,
      `Bus default stopped consuming; it does not resume before the process is restarted: ${message}`,
    ]);
    expect(await committed()).toEqual(['3']);

    const next = await apps.start({ topic, group });
    await until('the rest', () => next.handled.length >= 3);
    expect(next.handled).toEqual([4, 5, 6]);
  }, 120_000);
});
