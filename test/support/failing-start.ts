import { spawn } from 'node:child_process';

const url = (file: string) => new URL(file, import.meta.url).href;

export interface FailedStart {
  readonly code: number | null;
  readonly lines: readonly string[];
}

/**
 * Runs the application of test/shutdown/failing-application.ts in a process of its own. Resolves when it has ended by
 * itself; one that does not is killed after `limitMs`, with code null.
 */
export async function failingStart(
  env: Readonly<Record<string, string>>,
  limitMs = 30_000,
): Promise<FailedStart> {
  const script = `
    const { register } = await import('node:module');
    register('${url('../services/typescript-loader.mjs')}');
    await import('${url('../shutdown/failing-application.ts')}');`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const lines: string[] = [];
  let limit: NodeJS.Timeout | undefined;
  child.stdout.on('data', (text: Buffer) => {
    lines.push(...text.toString().trim().split('\n'));
    // From the failure on: how long a start takes is not the point.
    limit ??= setTimeout(() => child.kill('SIGKILL'), limitMs);
  });
  const [code] = await new Promise<[number | null]>((resolve) =>
    child.once('exit', (exitCode) => resolve([exitCode])),
  );
  clearTimeout(limit);
  return { code, lines };
}

/** Where a start can fail that is not the bus. */
export const PLACES = ['onModuleInit', 'onApplicationBootstrap', 'another bus'] as const;

/** What a process says and how it ends when its start failed. */
export const ENDED: FailedStart = {
  code: 7,
  lines: [expect.stringContaining('the start failed elsewhere') as string],
};
