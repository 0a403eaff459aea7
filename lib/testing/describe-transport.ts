import type { TransportCapabilities } from '../transport/transport.interface.js';
import { Bench, type TransportUnderTest, type ConformanceCase } from './conformance/bench.js';
import { deadLetterCases } from './conformance/dead-letters.cases.js';
import { deliveringCases } from './conformance/delivering.cases.js';
import { eventCases } from './conformance/event.cases.js';
import { groupingCases } from './conformance/grouping.cases.js';
import { laterRetryCases } from './conformance/later-retries.cases.js';
import { orderingCases } from './conformance/ordering.cases.js';
import { publishingCases } from './conformance/publishing.cases.js';
import { reconnectingCases, watchingCases } from './conformance/watching.cases.js';
import { releasingCases, settlingCases } from './conformance/settling.cases.js';
import { startingCases } from './conformance/starting.cases.js';
import { stoppingCases } from './conformance/stopping.cases.js';

// Of any test runner that has these two globals.
declare const describe: (name: string, body: () => void) => void;
declare const it: (name: string, body: () => Promise<void>, timeout?: number) => void;

const THEMES: Readonly<Record<string, readonly ConformanceCase[]>> = {
  publishing: publishingCases,
  delivering: deliveringCases,
  settling: settlingCases,
  releasing: releasingCases,
  grouping: groupingCases,
  starting: startingCases,
  stopping: stoppingCases,
  ordering: orderingCases,
  watching: watchingCases,
  reconnecting: reconnectingCases,
  events: eventCases,
  'dead letters': deadLetterCases,
  'later retries': laterRetryCases,
};

const CASE_TIMEOUT_MS = 60_000;

/** What the conformance suite needs to know of a transport. */
export interface DescribeTransportOptions {
  /** What the transport claims to do: the cases expect it. */
  readonly capabilities: TransportCapabilities;
  /** Makes a new transport object that is not connected, always for the same broker. Called several times in a case. */
  readonly create: () => Promise<TransportUnderTest>;
  /** Restarts the broker, and resolves when it answers again. Default: the cases with a restart are left out. */
  readonly restart?: () => Promise<void>;
  /** Factor for every time that the suite waits, for a slow broker or machine. Default 1. */
  readonly slow?: number;
}

/**
 * The conformance suite for transports: registers a `describe` with a case for each promise of EventTransport.
 *
 * It needs only the globals `describe` and `it` and throws `node:assert` errors, so any test runner
 * that has the two will do. Each case uses topics and groups of its own, and ends all that it made;
 * it also fails for an unhandled rejection or a call that the contract of the sink forbids.
 */
export function describeTransport(name: string, options: DescribeTransportOptions): void {
  const { capabilities, create, restart, slow = 1 } = options;
  describe(`transport ${name}`, () => {
    for (const [theme, cases] of Object.entries(THEMES)) {
      describe(theme, () => {
        for (const { name: caseName, when, run } of cases) {
          if (when && !when(capabilities, { restart: restart !== undefined })) continue;
          it(caseName, () => runCase(run), CASE_TIMEOUT_MS * slow);
        }
      });
    }
  });

  async function runCase(run: ConformanceCase['run']): Promise<void> {
    const bench = new Bench({ capabilities, create, slow, ...(restart && { restart }) });
    try {
      await run(bench);
    } finally {
      await bench.end();
    }
  }
}
