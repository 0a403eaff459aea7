import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exited, freePort, hasExited, run } from './child-process.js';
import { defaultLaunch, type Launch, type RunningRedis } from './redis-launch.js';
import type { SettableClock } from './settable-clock.js';

const START_LIMIT = 60_000;

export interface RedisOptions {
  /** Asked of every client. */
  readonly password?: string;
  /** Serve TLS only, with a certificate of this run for 127.0.0.1. */
  readonly tls?: boolean;
  /** Keep data over `kill` and `restart`: append-only file, fsync on each write. */
  readonly persistent?: boolean;
  /** Further arguments of redis-server. */
  readonly args?: readonly string[];
  /** A Sentinel, with these lines in its configuration, and no server of data. */
  readonly sentinel?: readonly string[];
  /** Default: a free one. */
  readonly port?: number;
  /** By which it goes, if not by that of the machine. Not where it runs in a container. */
  readonly clock?: SettableClock;
  /** Another redis-server than that of all tests: `launchOf` of `redis-versions`. */
  readonly launch?: Launch;
}

/** A Redis of one test or one run, on the loopback address. Whoever started it stops it. */
export interface RedisServer {
  /** With the password, where there is one. */
  readonly url: string;
  readonly port: number;
  /** Where it keeps its data. */
  readonly folder: string;
  /** File of the CA to trust, where `tls` was asked for. */
  readonly caFile?: string;
  /** Ends the server, once it has gone removes its data. Idempotent. */
  stop(): Promise<void>;
  /** Sends a signal; resolves when the process has ended (at once for SIGSTOP and SIGCONT). */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again, on the same port and folder, after ending it if it lives. */
  restart(): Promise<void>;
}

/**
 * Starts a Redis. Resolves when it accepts connections, at most 60 s later. Without `persistent` it
 * keeps nothing on disk.
 */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const start = options.launch ?? (await defaultLaunch());
  const folder = await mkdtemp(join(tmpdir(), 'openedx-event-bus-redis-'));
  const port = options.port ?? (await freePort());
  const args = [
    ...serverArguments(options),
    ...(options.tls ? await tlsArguments(folder, port) : []),
  ];
  const config = options.sentinel && join(folder, 'sentinel.conf');
  if (config) await writeFile(config, options.sentinel.join('\n'));
  const place = { folder, port, config, clock: options.clock };
  let running = await ready(start(args, place));

  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    if (hasExited(running.child)) return;
    await running.signal(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await exited(running.child, START_LIMIT);
  };
  const secret = options.password === undefined ? '' : `:${encodeURIComponent(options.password)}@`;
  return {
    url: `${options.tls ? 'rediss' : 'redis'}://${secret}127.0.0.1:${port}/0`,
    port,
    folder,
    ...(options.tls ? { caFile: join(folder, 'certificate.pem') } : {}),
    kill,
    restart: async () => {
      await kill();
      running = await ready(start(args, place));
    },
    stop: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function serverArguments({ password, persistent, sentinel, args = [] }: RedisOptions): string[] {
  if (sentinel) return ['--sentinel', '--daemonize', 'no', ...args];
  return [
    ...['--save', '', '--daemonize', 'no'],
    ...(persistent ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no']),
    ...(password === undefined ? [] : ['--requirepass', password]),
    ...args,
  ];
}

async function tlsArguments(folder: string, port: number): Promise<string[]> {
  const certificate = join(folder, 'certificate.pem');
  const key = join(folder, 'key.pem');
  await run(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=127.0.0.1',
    ].concat(['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate]),
  );
  return ['--port', '0', '--tls-port', `${port}`, '--tls-auth-clients', 'no'].concat([
    ...['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate],
  ]);
}

/** Resolves when the server says that it accepts connections; rejects when it ends or is too slow. */
async function ready(running: RunningRedis): Promise<RunningRedis> {
  const { child } = running;
  let said = '';
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`redis-server ${why}:\n${said}`));
      const hear = (text: string) => {
        said = (said + text).slice(-2000);
        if (/Ready to accept connections|Sentinel ID is/.test(said)) resolve();
      };
      child.stdout?.setEncoding('utf8').on('data', hear);
      child.stderr?.setEncoding('utf8').on('data', hear);
      child.once('error', (error) => fail(`could not be run: ${error.message}`));
      child.once('exit', (code, signal) => fail(`ended with ${code ?? signal}`));
      timer = setTimeout(() => fail('was not ready in time'), START_LIMIT);
    });
    return running;
  } catch (error) {
    if (!hasExited(child)) await running.signal('SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
