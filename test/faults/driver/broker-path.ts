import type { Slowness } from '../../support/slow-link.js';
import type { TcpProxy } from '../../support/tcp-proxy.js';

/** The way of one party to the broker, which fails as networks do: a proxy before each of its servers. */
export class BrokerPath {
  constructor(readonly proxies: readonly TcpProxy[]) {}

  /** Replies that `loseNextReply` kept back. */
  get repliesLost(): number {
    return this.proxies.reduce((sum, proxy) => sum + proxy.repliesLost, 0);
  }

  /** `host:port` of each server, through its proxy. */
  get addresses(): readonly string[] {
    return this.proxies.map(({ port }) => `127.0.0.1:${port}`);
  }

  /** Makes every connection that lives half-open for good; with `newToo` new ones too, until `heal`. */
  blackHole(options?: { readonly newToo?: boolean }): void {
    for (const proxy of this.proxies) proxy.blackHole(options);
  }

  /** Ends every connection that lives; new ones work. */
  cut(): void {
    for (const proxy of this.proxies) proxy.cut();
  }

  /** The network is slow until `heal`. */
  slow(slowness: Slowness): void {
    for (const proxy of this.proxies) proxy.slowness = slowness;
  }

  /** On every connection that lives requests arrive, and none is answered. */
  swallowReplies(): void {
    for (const proxy of this.proxies) proxy.swallowReplies();
  }

  /** The next piece of data from any server that matches is not passed on: its connection is cut. */
  loseNextReply(matching: RegExp): void {
    let taken = false;
    const once = { test: (reply: string) => !taken && (taken = matching.test(reply)) };
    for (const proxy of this.proxies) proxy.loseNextReply(once);
  }

  /** Connections made from now on work, and no reply is waited for any more. */
  heal(): void {
    for (const proxy of this.proxies) proxy.heal();
  }

  /** Ends all connections and listens no more. Idempotent. */
  async stop(): Promise<void> {
    await Promise.all(this.proxies.map((proxy) => proxy.stop()));
  }
}
