import { once } from 'node:events';
import { createServer } from 'node:net';

const FIRST = 20_000;
/** Linux takes the ports of outgoing connections from 32768 on. */
const AFTER_LAST = 32_000;

/** Those given are not in use before their service has started. */
const given = new Set<number>();

/**
 * Ports of the loopback address that are free at this moment, are given to nobody else of this process and
 * that no outgoing connection gets: a service that is away for a while finds them free again.
 */
export async function lastingPorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count; tries++) {
    if (tries > 50 * count) throw new Error(`no ${count} free ports from ${FIRST} on`);
    const port = FIRST + Math.floor(Math.random() * (AFTER_LAST - FIRST));
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) found.add(port);
  }
  return [...found];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listening = once(server, 'listening').then(
    () => true,
    () => false,
  );
  server.listen(port, '127.0.0.1');
  if (!(await listening)) return false;
  server.close();
  await once(server, 'close');
  return true;
}
