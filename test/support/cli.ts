import { Readable, Writable } from 'node:stream';
import type { CliHost } from '../../lib/cli/command.js';
import type { CommandIo } from '../../lib/cli/cli-io.js';
import { runCli } from '../../lib/cli/run-cli.js';
import { StandaloneHost } from '../../lib/cli/standalone-host.js';
import type { TransportFactory } from '../../lib/transport/wire-format.interface.js';

export interface CliRun {
  readonly code: number;
  /** Standard output, each line parsed. */
  readonly answers: any[];
  readonly out: string;
  readonly log: string;
}

export interface CliRunOptions {
  readonly stdin?: string | Buffer;
  readonly env?: Record<string, string>;
  readonly transport?: TransportFactory;
  readonly host?: (io: CommandIo) => CliHost;
  /** Told of the output so far, whenever there is more. */
  readonly onOutput?: (out: string, stop: () => void) => void;
}

/** Runs a command in this process. */
export async function cli(argv: readonly string[], options: CliRunOptions = {}): Promise<CliRun> {
  const { stdin = '', env = {}, transport, onOutput } = options;
  const end = new AbortController();
  let out = '';
  let log = '';
  const collect = (add: (text: string) => void) =>
    new Writable({
      write(chunk, _encoding, done) {
        add(String(chunk));
        done();
      },
    });
  const stdout = collect((text) => {
    out += text;
    onOutput?.(out, () => end.abort());
  });
  const stderr = collect((text) => (log += text));
  const io = {
    stdin: Readable.from(chunksOf(Buffer.from(stdin))),
    stdout,
    stderr,
    env,
    signal: end.signal,
  };
  const code = await runCli(argv, io, options.host ?? ((of) => new StandaloneHost(of, transport)));
  const lines = out.split('\n').filter((line) => line.startsWith('{'));
  return { code, out, log, answers: lines.map((line) => JSON.parse(line)) };
}

/** Small pieces, so that lines and characters are cut anywhere. */
function* chunksOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
}
