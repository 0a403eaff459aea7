import { jest } from '@jest/globals';
import { HealthBoard } from '../../../lib/transport/common/health-board.js';
import type { TransportStatus } from '../../../lib/transport/transport.interface.js';

const ignore = (): void => undefined;

function board() {
  const lines: string[] = [];
  const write = (line: string): number => lines.push(line);
  const health = new HealthBoard('Redis', 'default', {
    ...{ log: write, warn: write, error: write, debug: ignore },
  });
  const states: string[] = [];
  health.status$.subscribe(({ state, error }: TransportStatus) =>
    states.push(error ? `${state}: ${error.message}` : state),
  );
  return { health, lines, states };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('a part that fails before any worked leaves the transport connecting, later degraded', () => {
  const { health, states } = board();
  health.connecting();
  health.failed('reading', new Error('away'));
  health.healed('reading');
  health.failed('reading', new Error('gone'));
  health.healed('reading');
  expect(states).toEqual([
    'idle',
    'connecting',
    'connecting: away',
    'ready',
    'degraded: gone',
    'ready',
  ]);
});

test('it is ready only when every part works, and forgets parts that are no more', () => {
  const { health, states } = board();
  health.healed('publishing');
  health.failed('reading 1', new Error('one'));
  health.failed('reading 2', new Error('two'));
  health.healed('reading 1');
  health.forget('reading 2');
  expect(states).toEqual(['idle', 'ready', 'degraded: one', 'degraded: two', 'ready']);
});

test('a part that fails again and again is logged every 30 s, with the number left out', () => {
  const { health, lines } = board();
  for (let i = 0; i < 100; i++) {
    health.failed('reading', new Error('away'));
    health.healed('reading');
  }
  jest.advanceTimersByTime(31_000);
  health.failed('reading', new Error('away'));
  expect(lines).toEqual([
    '[default] Redis: reading failed and is retried: away',
    '[default] Redis: reading recovered',
    '[default] Redis: reading failed and is retried: away (repeated 99 times since last logged)',
  ]);
});

test('after it was closed it says nothing more', () => {
  const { health, states } = board();
  health.closed();
  health.failed('reading', new Error('away'));
  health.closed();
  expect(states).toEqual(['idle', 'closed']);
});
