import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory, Admin, Consumer, Producer, RequestTimeoutEvent } from 'kafkajs';

const KEEP_ALIVE_MS = 60_000;

const ADDRESS = 'ipv6_';

/** A broker to ask first as kafkajs can take it apart, which knows no IPv6 address there. */
export function seedName(broker: string): string {
  const [, address, port] = /^\[(.*)\]:(\d+)$/.exec(broker) ?? [];
  return address === undefined ? broker : `${ADDRESS}${address.replaceAll(':', '_')}:${port}`;
}

function hostNamed(name: string): string {
  return name.startsWith(ADDRESS) ? name.slice(ADDRESS.length).replaceAll('_', ':') : name;
}

/** Opens the sockets of one kafkajs client, so that all of them can be ended at once. None keeps the process alive. */
export class TrackedSockets {
  /** Each with its broker, `host:port`. */
  readonly #open = new Map<Socket, string>();
  private ended = false;

  get isEnded(): boolean {
    return this.ended;
  }

  readonly factory: ISocketFactory = ({ host: name, port, ssl, onConnect }) => {
    if (this.ended) throw new Error('The client is closed');
    const host = hostNamed(name);
    const named = isIP(host) ? {} : { servername: host };
    const socket = ssl
      ? connectTls({ host, port, ...named, ...ssl }, onConnect)
      : connect({ host, port }, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.setNoDelay(true);
    socket.unref();
    // kafkajs adds one each time that it closes a socket which is closed, and Node would warn.
    socket.setMaxListeners(0);
    this.#open.set(socket, `${name}:${port}`);
    socket.once('close', () => this.#open.delete(socket));
    return socket;
  };

  /** Ends the sockets to a broker, `host:port`, or all; new ones may follow. */
  interrupt(broker?: string): void {
    // kafkajs does not notice a socket that is closed without an error.
    const error = new Error('The broker did not answer a request in time');
    for (const [socket, to] of this.#open)
      if (broker === undefined || to === broker) socket.destroy(error);
  }

  /** Ends every socket, and rejects new ones. */
  end(): void {
    this.ended = true;
    // Without an error kafkajs would keep waiting, and its timers running, for what is under way.
    const error = new Error('The client is closed');
    for (const socket of this.#open.keys()) socket.destroy(error);
  }
}

/**
 * Has `end` end the connections to a broker, `host:port`, that left a request without an answer: kafkajs would
 * go on using them, and on a half-open one each further request would wait as long.
 */
export function endSilentConnections(
  client: Admin | Consumer | Producer,
  end: (broker: string) => void,
): void {
  const observed = client as {
    readonly events: { readonly REQUEST_TIMEOUT: string };
    on(name: string, listener: (event: RequestTimeoutEvent) => void): unknown;
  };
  observed.on(observed.events.REQUEST_TIMEOUT, ({ payload }) => end(payload.broker));
}
