import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { sharedKafka } from '../services/shared-kafka.js';
import { KafkaWorkbench } from './support/kafka-workbench.js';

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((own) => own?.address === '::1');

(hasIpv6 ? describe : describe.skip)('a broker that is named by an IPv6 address', () => {
  const bench = new KafkaWorkbench();
  const sockets = new Set<Socket>();
  let server: Server;
  beforeAll(async () => {
    const [host, port] = sharedKafka().bootstrap.plaintext.split(',')[0]!.split(':');
    server = createServer((socket) => {
      const onward = connect(Number(port), host);
      for (const [from, to] of [
        [socket, onward],
        [onward, socket],
      ] as const) {
        sockets.add(from);
        from.on('error', () => to.destroy()).pipe(to);
      }
    });
    server.listen(0, '::1');
    await once(server, 'listening');
  });
  afterAll(async () => {
    await bench.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it('is reached, in brackets and with the security protocol before it', async () => {
    const { port } = server.address() as AddressInfo;
    const transport = await bench.open({ brokers: [`PLAINTEXT://[::1]:${port}`] });
    const topic = await bench.topic();
    const [sent] = await bench.publish(transport, topic, ['x']);
    expect(sent).toMatchObject({ status: 'sent' });
    expect(await bench.end(topic)).toEqual(['1']);
    expect(sockets.size).toBeGreaterThan(0);
  });
});
