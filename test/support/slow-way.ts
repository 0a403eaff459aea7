import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface WayOptions {
  /** In each direction of each connection; bytes arrive evenly. Default: any number. */
  readonly bytesPerSecond?: number;
  /** Each byte arrives so much later in each direction, any number of them at the same time. Default 0. */
  readonly delayMs?: number;
  /** What clients say, in the pieces in which it came. */
  readonly onRequest?: (data: Buffer) => void;
}

const PIECE_MS = 20;

/** A long or narrow way to a port of the loopback address. Whoever made it stops it. */
export class SlowWay {
  /** Connections accepted since the start. */
  accepted = 0;
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  private constructor(target: number, options: WayOptions) {
    this.server = createServer((client) => {
      this.accepted++;
      const server = connect(target, '127.0.0.1');
      const end = (): void => {
        client.destroy();
        server.destroy();
      };
      for (const socket of [client, server]) {
        this.sockets.add(socket);
        socket.setNoDelay(true);
        socket.on('error', end).on('close', end);
        socket.on('close', () => this.sockets.delete(socket));
      }
      void carry(client, server, options, options.onRequest).then(end, end);
      void carry(server, client, options).then(end, end);
    });
  }

  static async to(target: number, options: WayOptions): Promise<SlowWay> {
    const way = new SlowWay(target, options);
    way.server.listen(0, '127.0.0.1');
    await once(way.server, 'listening');
    return way;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await once(this.server, 'close');
  }
}

async function carry(
  from: Socket,
  to: Socket,
  { bytesPerSecond = Infinity, delayMs = 0 }: WayOptions,
  onData: (data: Buffer) => void = () => undefined,
): Promise<void> {
  const piece = Math.max(1, Math.floor((bytesPerSecond * PIECE_MS) / 1_000));
  for await (const data of from) {
    let rest = data as Buffer;
    onData(rest);
    while (rest.length > 0) {
      const now = rest.subarray(0, piece);
      rest = rest.subarray(now.length);
      if (bytesPerSecond < Infinity) await sleep((now.length * 1_000) / bytesPerSecond);
      if (delayMs > 0) setTimeout(() => to.destroyed || to.write(now), delayMs);
      else to.write(now);
    }
  }
  await sleep(delayMs);
}
