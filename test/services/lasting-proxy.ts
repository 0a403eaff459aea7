import { TcpProxy } from '../support/tcp-proxy.js';
import { lastingPorts } from './ports.js';

/** A proxy for the port `target`, on a port that it finds free again after it was down. */
export async function lastingProxy(target: number): Promise<TcpProxy> {
  const [port] = await lastingPorts(1);
  return TcpProxy.to(target, port);
}
