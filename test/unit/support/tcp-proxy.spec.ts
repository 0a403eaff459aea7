import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { waitUntil } from '../../support/wait-until.js';

describe('the TCP proxy of the fault tests', () => {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  let echo: Server;
  let proxy: TcpProxy;

  beforeEach(async () => {
    asked.length = 0;
    echo = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('data', (bytes) => {
        asked.push(bytes.toString());
        socket.write(`re ${bytes.toString()}`);
      });
    }).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    proxy = await TcpProxy.to((echo.address() as AddressInfo).port);
  });
  afterEach(async () => {
    await proxy.stop();
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    echo.close();
  });

  async function client() {
    const socket = connect(proxy.port, '127.0.0.1');
    const heard: string[] = [];
    let closed = false;
    socket.on('data', (bytes) => heard.push(bytes.toString()));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => (closed = true));
    await once(socket, 'connect');
    return { socket, heard, isClosed: () => closed };
  }

  it('passes both directions on and counts connections', async () => {
    const one = await client();
    const two = await client();
    one.socket.write('a');
    two.socket.write('b');
    await waitUntil(() => one.heard.length === 1 && two.heard.length === 1);
    expect([one.heard, two.heard]).toEqual([['re a'], ['re b']]);
    expect([proxy.accepted, proxy.connections]).toEqual([2, 2]);
    one.socket.destroy();
    await waitUntil(() => proxy.connections === 1);
  });

  it('cuts what lives and lets new connections work; refuses until healed', async () => {
    const one = await client();
    one.socket.write('a');
    await waitUntil(() => one.heard.length === 1);
    proxy.cut();
    await waitUntil(one.isClosed);
    const two = await client();
    two.socket.write('b');
    await waitUntil(() => two.heard.length === 1);
    proxy.refuse();
    await waitUntil(two.isClosed);
    const three = await client();
    await waitUntil(three.isClosed);
    proxy.heal();
    const four = await client();
    four.socket.write('c');
    await waitUntil(() => four.heard.length === 1);
    expect(asked).toEqual(['a', 'b', 'c']);
  });

  it('makes connections half-open for good, new ones only when told', async () => {
    const one = await client();
    one.socket.write('a');
    await waitUntil(() => one.heard.length === 1);
    proxy.blackHole();
    one.socket.write('lost');
    const two = await client();
    two.socket.write('b');
    await waitUntil(() => two.heard.length === 1);
    proxy.blackHole({ newToo: true });
    const three = await client();
    three.socket.write('lost too');
    proxy.heal();
    one.socket.write('still lost');
    const four = await client();
    four.socket.write('c');
    await waitUntil(() => four.heard.length === 1);
    expect(asked).toEqual(['a', 'b', 'c']);
    expect([one, three].map((of) => [of.heard.slice(1), of.isClosed()])).toEqual([
      [[], false],
      [[], false],
    ]);
  });

  it('swallows replies: commands arrive, no answer comes, nothing is closed', async () => {
    const one = await client();
    one.socket.write('a');
    await waitUntil(() => one.heard.length === 1);
    proxy.swallowReplies();
    one.socket.write('b');
    await waitUntil(() => asked.length === 2);
    const two = await client();
    two.socket.write('c');
    await waitUntil(() => two.heard.length === 1);
    expect([one.heard, one.isClosed()]).toEqual([['re a'], false]);
  });

  it('cuts the connection in place of the next reply that matches, once', async () => {
    const [one, two] = [await client(), await client()];
    proxy.loseNextReply(/re b/);
    one.socket.write('a');
    await waitUntil(() => one.heard.length === 1);
    two.socket.write('b');
    await waitUntil(two.isClosed);
    expect([asked, two.heard, proxy.repliesLost]).toEqual([['a', 'b'], [], 1]);
    one.socket.write('b');
    await waitUntil(() => one.heard.length === 2);
  });

  it('cuts the connection in place of the next request that matches, once', async () => {
    const [one, two] = [await client(), await client()];
    proxy.loseNextRequest(/b/);
    one.socket.write('a');
    await waitUntil(() => one.heard.length === 1);
    two.socket.write('b');
    await waitUntil(two.isClosed);
    expect([asked, two.heard, proxy.requestsLost]).toEqual([['a'], [], 1]);
    one.socket.write('b');
    await waitUntil(() => one.heard.length === 2);
  });

  it('delays, in order', async () => {
    const one = await client();
    proxy.delayMs = 40;
    const began = performance.now();
    one.socket.write('a');
    await waitUntil(() => one.heard.length === 1);
    expect(performance.now() - began).toBeGreaterThanOrEqual(75);
    for (const text of ['1', '2', '3']) one.socket.write(text);
    await waitUntil(() => asked.join('') === 'a123' && one.heard.join('').endsWith('3'));
  });

  it('is as slow as a network: what is on its way does not keep the next piece waiting', async () => {
    const one = await client();
    proxy.slowness = { delayMs: 100, bytesPerSecond: 1_000_000 };
    const began = performance.now();
    for (const text of ['1', '2', '3']) {
      one.socket.write(text);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await waitUntil(() => one.heard.join('').endsWith('3'));
    expect(performance.now() - began).toBeGreaterThanOrEqual(235);
    expect(one.heard.join('')).toBe('re 1re 2re 3');
    // What comes when the network is quick again does not overtake.
    one.socket.write('4');
    proxy.heal();
    one.socket.write('5');
    await waitUntil(() => one.heard.join('').endsWith('5'));
    expect(asked.join('')).toBe('12345');
  });

  it('passes so many bytes a second', async () => {
    const one = await client();
    proxy.slowness = { delayMs: 0, bytesPerSecond: 100_000 };
    const began = performance.now();
    one.socket.write(Buffer.alloc(20_000, 'x'));
    await waitUntil(() => one.heard.join('').length >= 20_000);
    expect(performance.now() - began).toBeGreaterThanOrEqual(390);
  });
});
