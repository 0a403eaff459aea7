import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endAtExit, exited, findProgram, freePort, hasExited, spawnTied } from './child-process.js';
import { unpackDebianPackages } from './debian-packages.js';
import { dockerEngine, pullImage, removeContainer } from './docker.js';
import { cachedFolder, ServiceUnavailableError } from './service-cache.js';

/** The version that Debian 12 has. */
const IMAGE = 'prom/prometheus:v2.42.0';
const START_LIMIT = 60_000;
const STOP_LIMIT = 30_000;
const ANSWER_LIMIT = 10_000;

/** One series that a query found, with its value now. */
export interface PrometheusSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A Prometheus of one test, on the loopback address. Whoever started it stops it. */
export interface PrometheusServer {
  readonly url: string;
  /** What the query finds now. Rejects, with what Prometheus says, where it is not understood. */
  query(query: string): Promise<readonly PrometheusSample[]>;
  /** Ends it, and removes its data. Idempotent. */
  stop(): Promise<void>;
}

type Launch = (args: readonly string[], folder: string) => ChildProcess;

/** Starts a Prometheus that scrapes one target (`host:port`, path `/metrics`) each second. Resolves when it answers. */
export async function startPrometheus(target: string): Promise<PrometheusServer> {
  const launch = await findLaunch();
  const folder = await mkdtemp(join(tmpdir(), 'openedx-event-bus-prometheus-'));
  const config = join(folder, 'prometheus.yml');
  await writeFile(config, JSON.stringify(configurationFor(target)));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = launch(
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    folder,
  );
  const stop = async (): Promise<void> => {
    if (!hasExited(child)) child.kill('SIGTERM');
    await exited(child, STOP_LIMIT);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await ready(child, url);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, query: (text) => ask(url, text), stop };
}

/** JSON is YAML. */
function configurationFor(target: string): object {
  return {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [{ job_name: 'bus', static_configs: [{ targets: [target] }] }],
  };
}

async function findLaunch(): Promise<Launch> {
  if (await dockerEngine()) return launchImage();
  const installed = process.env.TEST_PROMETHEUS ?? findProgram('prometheus');
  if (installed) return launchProgram(installed);
  try {
    const folder = await cachedFolder('prometheus', (partial) =>
      unpackDebianPackages(['prometheus'], partial),
    );
    return launchProgram(join(folder, 'usr', 'bin', 'prometheus'));
  } catch (error) {
    throw new ServiceUnavailableError(
      'Prometheus',
      `no Docker engine answers, prometheus is not on PATH, and it could not be had from Debian packages (${(error as Error).message})`,
      'install Prometheus 2.42 or newer (apt-get install prometheus), or start Docker',
      error,
    );
  }
}

function launchProgram(program: string): Launch {
  return (args, folder) =>
    spawnTied(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** In the network of the host, because the target listens on its loopback address. */
async function launchImage(): Promise<Launch> {
  await pullImage(IMAGE);
  return (args, folder) => {
    const name = folder.slice(folder.lastIndexOf('/') + 1);
    const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
    const child = spawn(
      'docker',
      ['run', '--rm', '--name', name, '--user', user, '--network', 'host'].concat(
        ['--volume', `${folder}:${folder}`, IMAGE],
        args,
      ),
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    endAtExit(child, () => removeContainer(name));
    return child;
  };
}

async function ready(child: ChildProcess, url: string): Promise<void> {
  let said = '';
  let failure: string | undefined;
  for (const output of [child.stdout, child.stderr])
    output?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2_000)));
  child.once('error', (error) => (failure = `could not be run: ${error.message}`));
  child.once('exit', (code, signal) => (failure = `ended with ${code ?? signal}`));
  const deadline = Date.now() + START_LIMIT;
  while (!(await answers(`${url}/-/ready`))) {
    if (Date.now() > deadline) failure ??= `was not ready after ${START_LIMIT} ms`;
    if (failure !== undefined) throw new Error(`prometheus ${failure}:\n${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_LIMIT) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data?: {
    readonly resultType: string;
    readonly result: readonly {
      readonly metric: Record<string, string>;
      readonly value: readonly [time: number, value: string];
    }[];
  };
}

async function ask(url: string, query: string): Promise<readonly PrometheusSample[]> {
  const response = await fetch(`${url}/api/v1/query`, {
    method: 'POST',
    body: new URLSearchParams({ query }),
    signal: AbortSignal.timeout(ANSWER_LIMIT),
  });
  const { status, error, data } = (await response.json()) as Answer;
  if (status !== 'success' || !data) throw new Error(`${query}: ${error}`);
  return data.result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
}
