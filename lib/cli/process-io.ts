import type { CliIo } from './cli-io.js';

/**
 * The streams and signals of this process. The first SIGINT or SIGTERM, or a closed standard output,
 * fires `signal`; a second signal ends the process as if there was no handler.
 */
export function processIo(): CliIo {
  const end = new AbortController();
  const stop = (): void => end.abort();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  process.stdout.on('error', stop);
  const { stdin, stdout, stderr, env } = process;
  return { stdin, stdout, stderr, env, signal: end.signal };
}
