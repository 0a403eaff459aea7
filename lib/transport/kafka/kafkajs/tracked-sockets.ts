import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

const KEEP_ALIVE_MS = 60_000;

/** Opens the sockets of one kafkajs client, so that all of them can be ended at once. */
export class TrackedSockets {
  private readonly open = new Set<Socket>();
  private ended = false;

  get isEnded(): boolean {
    return this.ended;
  }

  readonly factory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    if (this.ended) throw new Error('the client is closed');
    const named = isIP(host) ? {} : { servername: host };
    const socket = ssl
      ? connectTls({ host, port, ...named, ...ssl }, onConnect)
      : connect({ host, port }, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.setNoDelay(true);
    this.open.add(socket);
    socket.once('close', () => this.open.delete(socket));
    return socket;
  };

  /** Ends every socket, and refuses new ones. */
  end(): void {
    this.ended = true;
    for (const socket of this.open) socket.destroy();
  }
}
