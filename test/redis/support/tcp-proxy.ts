import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP proxy in front of a Redis that can fail as networks do. */
export class TcpProxy {
  /** Bytes are taken and not passed on, in either direction; nothing is closed. */
  blackHole = false;
  /** Replies that match are not passed on: the connection is cut in their place, once. */
  cutInsteadOf: RegExp | undefined;
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  constructor(private readonly target: number) {
    this.server = createServer((client) => this.accept(client));
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `redis://127.0.0.1:${(this.server.address() as AddressInfo).port}/0`;
  }

  /** Connections made from now on work. */
  heal(): void {
    this.blackHole = false;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(client: Socket): void {
    const server = connect(this.target, '127.0.0.1');
    let deaf = false;
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.on('error', () => socket.destroy());
    }
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
    client.on('data', (bytes) => {
      deaf ||= this.blackHole;
      if (!deaf) server.write(bytes);
    });
    server.on('data', (bytes) => {
      deaf ||= this.blackHole;
      if (deaf) return;
      if (this.cutInsteadOf?.test(bytes.toString('latin1'))) {
        this.cutInsteadOf = undefined;
        client.destroy();
      } else client.write(bytes);
    });
  }
}
