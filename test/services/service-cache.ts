import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Root of the project. */
export const PROJECT = join(import.meta.dirname, '..', '..');
/** Where services are kept between runs; ignored by git and safe to delete. */
export const SERVICE_CACHE = join(PROJECT, '.cache', 'services');

/** A service that the tests need cannot be had here: fails the run, and says what to install. */
export class ServiceUnavailableError extends Error {
  constructor(service: string, reason: string, remedy: string, cause?: unknown) {
    super(
      `The tests need ${service}: ${reason}.\nHow to get it: ${remedy}`,
      cause === undefined ? {} : { cause },
    );
    this.name = 'ServiceUnavailableError';
  }
}

/**
 * The folder `name` of the cache, made by `fill` when it is not there yet. A folder appears only
 * when `fill` has resolved; two runs at once fill it twice and keep one.
 */
export async function cachedFolder(
  name: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(SERVICE_CACHE, name);
  if (existsSync(folder)) return folder;
  const partial = `${folder}.${process.pid}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  try {
    await fill(partial);
    await mkdir(dirname(folder), { recursive: true });
    await rename(partial, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return folder;
}
