import { randomUUID } from 'node:crypto';
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unpackDebianPackages } from './debian-packages.js';
import { cachedFolder, ServiceUnavailableError } from './service-cache.js';

interface Program {
  readonly program: string;
  readonly args: readonly string[];
}

/**
 * A system clock that can be set, of the processes that are started by it (libfaketime, from a Debian package): as an
 * administrator or a time server would set it. The clock that measures time goes on evenly. Whoever made it stops it.
 */
export class SettableClock {
  private readonly file = join(tmpdir(), `openedx-event-bus-clock-${randomUUID()}`);

  private constructor(private readonly library: string) {}

  /** Rejects with ServiceUnavailableError where the package cannot be had. */
  static async make(): Promise<SettableClock> {
    const clock = new SettableClock(await (library ??= findLibrary()));
    await clock.set(0);
    return clock;
  }

  /** How a program is started so that it goes by this clock. */
  startOf({ program, args }: Program): Program {
    const settings = [
      // The other allocators ask for the time before the clock is ready.
      `LD_PRELOAD=${this.library}:libc.so.6`,
      `FAKETIME_TIMESTAMP_FILE=${this.file}`,
      'FAKETIME_NO_CACHE=1',
      'FAKETIME_DONT_FAKE_MONOTONIC=1',
      'DONT_FAKE_MONOTONIC=1',
    ];
    return { program: '/usr/bin/env', args: [...settings, program, ...args] };
  }

  /** Sets the clock so many seconds ahead of the true time, or behind it. */
  async set(seconds: number): Promise<void> {
    const next = `${this.file}.next`;
    await writeFile(next, `${seconds < 0 ? '' : '+'}${seconds}\n`);
    await rename(next, this.file);
  }

  async stop(): Promise<void> {
    await rm(this.file, { force: true });
  }
}

let library: Promise<string> | undefined;

async function findLibrary(): Promise<string> {
  try {
    const folder = await cachedFolder('faketime', (partial) =>
      unpackDebianPackages(['libfaketime'], partial),
    );
    const files = await readdir(folder, { recursive: true });
    // The one for programs with several threads.
    const file = files.find((name) => name.endsWith('libfaketimeMT.so.1'));
    if (file === undefined) throw new Error('the package has no libfaketimeMT.so.1');
    return join(folder, file);
  } catch (error) {
    throw new ServiceUnavailableError(
      'libfaketime',
      `it could not be had from Debian packages (${(error as Error).message})`,
      'run the tests on Debian',
      error,
    );
  }
}
