import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { SlowLink, type Slowness } from './slow-link.js';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** What the client sends is taken and goes nowhere. */
  deafToClient: boolean;
  /** What the server sends is taken and goes nowhere. */
  deafToServer: boolean;
  /** What the client has said since it was held. */
  held: Buffer[] | undefined;
  readonly toServer: SlowLink;
  readonly toClient: SlowLink;
}

/**
 * A TCP proxy on the loopback address that fails as networks do. It holds at most one piece of data
 * per direction and connection in memory, on a slow network what is on its way. Whoever started it stops it.
 */
export class TcpProxy {
  /** Each piece of data is passed on so many ms later, in order. */
  delayMs = 0;
  /** The network between the two is slow. */
  slowness: Slowness | undefined;
  /** Connections accepted since the start. */
  accepted = 0;
  /** Replies that `loseNextReply` kept back. */
  repliesLost = 0;
  /** Requests that `loseNextRequest` kept back. */
  requestsLost = 0;
  private readonly pairs = new Set<Pair>();
  private readonly server: Server;
  private listensAt = 0;
  private refusing = false;
  private swallowing = false;
  private cutInsteadOf: Pick<RegExp, 'test'> | undefined;
  private cutInsteadOfRequest: RegExp | undefined;
  private holding: RegExp | undefined;

  /** `target`: the port that new connections are passed on to. */
  private constructor(public target: number) {
    this.server = createServer((client) => this.accept(client));
  }

  /** Resolves when it accepts connections, at `port` or any, for the port `target` of the loopback address. */
  static async to(target: number, port = 0): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.listensAt = port;
    await proxy.up();
    return proxy;
  }

  get port(): number {
    return this.listensAt;
  }

  /** Connections that live, black holes included. */
  get connections(): number {
    return this.pairs.size;
  }

  /** Ends every connection that lives; new ones work. */
  cut(): void {
    for (const { client, server } of this.pairs) {
      client.destroy();
      server.destroy();
    }
  }

  /** Ends every connection, and each new one at once, until `heal`. */
  refuse(): void {
    this.refusing = true;
    this.cut();
  }

  /**
   * Makes every connection that lives half-open for good: nothing is passed on in either direction and
   * nothing is closed. New ones work, or with `newToo` fare the same until `heal`.
   */
  blackHole({ newToo = false } = {}): void {
    this.swallowing = newToo;
    for (const pair of this.pairs) pair.deafToClient = pair.deafToServer = true;
  }

  /** As `blackHole` for what the server says only: commands arrive, and none is answered. */
  swallowReplies(): void {
    for (const pair of this.pairs) pair.deafToServer = true;
  }

  /** The next piece of data from the server that matches is not passed on: the connection is cut. */
  loseNextReply(matching: Pick<RegExp, 'test'> = /./s): void {
    this.cutInsteadOf = matching;
  }

  /** As `loseNextReply`, for what a client says. */
  loseNextRequest(matching: RegExp): void {
    this.cutInsteadOfRequest = matching;
  }

  /** The next piece of data of a client that matches waits, with all that this client says after it, until `letGo`. */
  holdNextRequest(matching: RegExp): void {
    this.holding = matching;
  }

  /** Clients whose requests are held. */
  get held(): number {
    return [...this.pairs].filter(({ held }) => held).length;
  }

  /** Passes on what was held. */
  letGo(): void {
    this.holding = undefined;
    for (const pair of this.pairs) {
      for (const bytes of pair.held ?? []) this.passToServer(bytes, pair);
      pair.held = undefined;
    }
  }

  /** Connections made from now on work; those that are half-open stay so. */
  heal(): void {
    this.refusing = false;
    this.swallowing = false;
    this.cutInsteadOf = undefined;
    this.cutInsteadOfRequest = undefined;
    this.delayMs = 0;
    this.slowness = undefined;
  }

  /** Ends all connections and listens no more, so that the system refuses new ones, until `up`. */
  async down(): Promise<void> {
    this.cut();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, 'close');
  }

  async up(): Promise<void> {
    if (this.server.listening) return;
    this.server.listen(this.listensAt, '127.0.0.1');
    await once(this.server, 'listening');
    this.listensAt = (this.server.address() as AddressInfo).port;
  }

  /** Ends all connections and listens no more. Idempotent. */
  async stop(): Promise<void> {
    this.refuse();
    await this.down();
  }

  private accept(client: Socket): void {
    this.accepted++;
    if (this.refusing) {
      client.destroy();
      return;
    }
    const server = connect(this.target, '127.0.0.1');
    const deaf = this.swallowing;
    const pair: Pair = {
      ...{ client, server, deafToClient: deaf, deafToServer: deaf, held: undefined },
      toServer: new SlowLink(client, server),
      toClient: new SlowLink(server, client),
    };
    this.pairs.add(pair);
    const end = (): void => {
      client.destroy();
      server.destroy();
      this.pairs.delete(pair);
    };
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', end);
    }
    client.on('data', (bytes) => {
      if (pair.deafToClient) return;
      if (!pair.held && this.holding?.test(bytes.toString('latin1'))) {
        this.holding = undefined;
        pair.held = [];
      }
      if (pair.held) {
        pair.held.push(bytes);
        return;
      }
      if (!this.cutInsteadOfRequest?.test(bytes.toString('latin1'))) {
        this.passToServer(bytes, pair);
        return;
      }
      this.cutInsteadOfRequest = undefined;
      this.requestsLost++;
      end();
    });
    server.on('data', (bytes) => {
      if (pair.deafToServer) return;
      if (!this.cutInsteadOf?.test(bytes.toString('latin1'))) {
        this.pass(bytes, server, client, pair.toClient);
        return;
      }
      this.cutInsteadOf = undefined;
      this.repliesLost++;
      end();
    });
  }

  private passToServer(bytes: Buffer, { client, server, toServer }: Pair): void {
    this.pass(bytes, client, server, toServer);
  }

  private pass(bytes: Buffer, from: Socket, to: Socket, link: SlowLink): void {
    if (this.slowness || link.isBusy) {
      link.pass(bytes, this.slowness ?? { delayMs: 0, bytesPerSecond: Infinity });
    } else if (this.delayMs > 0) {
      from.pause();
      setTimeout(() => {
        if (to.destroyed) return;
        to.write(bytes);
        from.resume();
      }, this.delayMs);
    } else if (!to.write(bytes)) {
      from.pause();
      to.once('drain', () => from.resume());
    }
  }
}
