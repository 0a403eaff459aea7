import { once } from 'node:events';
import { createServer } from 'node:net';

/** Linux takes the ports of outgoing connections from 32768 on. */
const [FIRST, AFTER_LAST] = [20_000, 32_000];
/** Each worker of jest has ports of its own: one whose service is away for a while is given to no test beside it. */
const WORKERS = 8;
const COUNT = (AFTER_LAST - FIRST) / WORKERS;
const FIRST_OF_WORKER = FIRST + COUNT * (Number(process.env.JEST_WORKER_ID ?? 0) % WORKERS);

/** Those given are not in use before their service has started. */
const given = new Set<number>();

/**
 * Ports of the loopback address that are free at this moment, are given to nobody else of this run and
 * that no outgoing connection gets: a service that is away for a while finds them free again.
 */
export async function lastingPorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count; tries++) {
    if (tries > 50 * count) throw new Error(`no ${count} free ports from ${FIRST_OF_WORKER} on`);
    const port = FIRST_OF_WORKER + Math.floor(Math.random() * COUNT);
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
