import { readFile } from 'node:fs/promises';
import { OPENEDX_EVENTS_RELEASE } from '../events/catalog/open-edx-events.js';

/** What `--version` prints: all that a report of a bug should name. */
export async function versionText(): Promise<string> {
  return `nestjs-openedx-event-bus ${await ownVersion()} (openedx-events ${OPENEDX_EVENTS_RELEASE}, Node ${process.version})`;
}

/** In a bundle the file is not where it was. */
async function ownVersion(): Promise<string> {
  try {
    const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
    const { name, version } = JSON.parse(text) as { name?: unknown; version?: unknown };
    return name === 'nestjs-openedx-event-bus' ? String(version) : '(bundled)';
  } catch {
    return '(bundled)';
  }
}
