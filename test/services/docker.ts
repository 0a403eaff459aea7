import { execFileSync } from 'node:child_process';
import { findProgram, run } from './child-process.js';

let engine: Promise<boolean> | undefined;

/**
 * Whether to take services from Docker images: an engine answers, or TEST_SERVICES says so
 * (`docker` or `local`).
 */
export function dockerEngine(): Promise<boolean> {
  return (engine ??= askEngine());
}

async function askEngine(): Promise<boolean> {
  if (process.env.TEST_SERVICES) return process.env.TEST_SERVICES === 'docker';
  const docker = findProgram('docker');
  if (!docker) return false;
  return run(docker, ['info'], { timeout: 10_000 }).then(
    () => true,
    () => false,
  );
}

/** Has an image ready, so that starting it later takes no download. */
export async function pullImage(image: string): Promise<void> {
  await run('docker', ['image', 'inspect', image]).catch(() => run('docker', ['pull', image]));
}

/** Ends and removes a container, at once and synchronously: also for exit handlers. */
export function removeContainer(name: string): void {
  try {
    execFileSync('docker', ['rm', '--force', name], { stdio: 'ignore' });
  } catch {
    // it had gone already
  }
}
