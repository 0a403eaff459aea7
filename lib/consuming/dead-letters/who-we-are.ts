import { hostname, userInfo } from 'node:os';

/** User and host, as the history names us. */
export function whoWeAre(): string {
  let user = 'unknown';
  try {
    user = userInfo().username;
  } catch {
    // A process in a container may run as a user without a name.
  }
  return `${user}@${hostname()}`;
}
