import type { TransportCapabilities } from '../../transport/transport.interface.js';
import type { Bench } from './bench.js';

/** One promise of the transport seam, and the proof that it is kept. */
export interface ConformanceCase {
  readonly name: string;
  /** Left out where the transport makes no such promise. Default: always. */
  readonly when?: (capabilities: TransportCapabilities, bench: { restart: boolean }) => boolean;
  readonly run: (bench: Bench) => Promise<void>;
}
