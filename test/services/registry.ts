import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JavaService } from './java-service.js';
import { mavenArchive } from './maven.js';
import { lastingPorts } from './ports.js';

/** The newest that needs no more than Java 17, and answers requests for paths that it does not have. */
const VERSION = '2.6.13.Final';

/** A schema registry of one test or one run, on the loopback address. Whoever started it stops it. */
export interface SchemaRegistryServer {
  /** Where its Confluent-compatible API begins. It asks for no credentials. */
  readonly url: string;
  readonly logFile: string;
  /** Ends it, and removes its data. Idempotent. */
  stop(): Promise<void>;
  /** Sends a signal; resolves when the process has ended (at once for SIGSTOP and SIGCONT). */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again, on the same port and with the same schemas, or without any, after ending it if it lives. */
  restart(options?: { readonly empty?: boolean }): Promise<void>;
}

/**
 * Has Apicurio Registry ready: from Maven Central, run by the Java of this machine or of a Docker image.
 * Resolves with its folder. Throws ServiceUnavailableError.
 */
export function provisionRegistry(): Promise<string> {
  return mavenArchive(
    `apicurio-registry-${VERSION}`,
    `io.apicurio:apicurio-registry-app:${VERSION}:tar.gz:all`,
  );
}

/** Starts an Apicurio Registry. Resolves when it answers. */
export async function startRegistry(): Promise<SchemaRegistryServer> {
  const program = await provisionRegistry();
  const folder = await mkdtemp(join(tmpdir(), 'openedx-event-bus-registry-'));
  const [port] = await lastingPorts(1);
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
  const logFile = join(folder, 'registry.log');
  const service = new JavaService({
    name: 'Apicurio Registry',
    args: [
      ...['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
      ...['-Dquarkus.http.host=127.0.0.1', `-Dquarkus.http.port=${port}`],
      `-DREGISTRY_DATASOURCE_URL=jdbc:h2:file:${join(folder, 'schemas')};WRITE_DELAY=0`,
      // On a busy machine H2 keeps its second connection waiting for longer than the 5 s of the default.
      '-D%prod.quarkus.datasource.jdbc.acquisition-timeout=60S',
      ...['min-size', 'initial-size'].map((size) => `-D%prod.quarkus.datasource.jdbc.${size}=2`),
      ...['-jar', join(program, `apicurio-registry-app-${VERSION}-runner.jar`)],
    ],
    folder,
    logFile,
    serves: () => answers(`${url}/subjects`),
  });
  const stop = async () => {
    await service.kill();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await service.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    logFile,
    stop,
    kill: (signal) => service.kill(signal),
    restart: async ({ empty = false } = {}) => {
      await service.kill();
      for (const file of empty ? await readdir(folder) : [])
        if (file.startsWith('schemas')) await rm(join(folder, file));
      await service.restart();
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
