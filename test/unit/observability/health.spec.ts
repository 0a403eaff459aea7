import { systemNow } from '../../../lib/common/clocks.js';
import {
  ConfigurationError,
  ConnectError,
  HaltedError,
  ServiceUnavailableError,
} from '../../../lib/errors/index.js';
import type { EventBusState } from '../../../lib/observability/event-bus-status.js';
import { livenessOf, readinessOf } from '../../../lib/observability/health.js';
import { StatusBoard } from '../../../lib/observability/status-board.js';

const snapshot = (state: EventBusState, error: Error | null = null) => ({
  ...new StatusBoard('default').snapshot(),
  ...{ state, error },
});
const broker = new ServiceUnavailableError('Kafka', 'the broker does not answer');
const position = { topic: 'dev-user-login', partition: '2', offset: '17' };

describe('health of a bus', () => {
  it.each<[EventBusState, Error | null, string, string]>([
    ['idle', null, 'up', 'down'],
    ['connecting', null, 'up', 'down'],
    ['joining', null, 'up', 'degraded'],
    ['running', null, 'up', 'up'],
    ['degraded', broker, 'up', 'degraded'],
    ['paused', null, 'up', 'up'],
    ['draining', null, 'up', 'down'],
    ['stopped', null, 'down', 'down'],
    ['failed', new HaltedError({ topic: 'user-login' }), 'up', 'down'],
    ['failed', new ConnectError('lost', new Error('x')), 'down', 'down'],
  ])('in state %s (%s): liveness %s, readiness %s', (state, error, live, ready) => {
    const of = snapshot(state, error);
    expect([livenessOf(of).status, readinessOf(of).status]).toEqual([live, ready]);
    for (const { status, reasons } of [livenessOf(of), readinessOf(of)])
      expect(reasons.length > 0).toBe(status !== 'up');
  });

  it('is dead once a record has been stuck for so long that only a restart helps', () => {
    const stuck = (waitingMs: number) => ({
      ...snapshot('running'),
      stalledRecords: [{ group: 'crm', position, place: 'lane' as const, waitingMs }],
    });
    expect(livenessOf(stuck(599_000)).status).toBe('up');
    expect(readinessOf(stuck(31_000))).toMatchObject({
      ...{ status: 'degraded', reasons: ['a record of group crm has been stuck for 31 s'] },
    });
    const dead = livenessOf(stuck(601_000));
    expect(dead).toMatchObject({
      status: 'down',
      reasons: [
        'a record of group crm has been stuck for 601 s (topic dev-user-login, partition 2, offset 17)',
      ],
    });
    expect(livenessOf(stuck(6_000), { maxStalledMs: 5_000 }).status).toBe('down');
  });

  it('is not ready after too long a silence, counted from the start, but not of what waits for later retries', () => {
    const now = systemNow();
    const source = (lastSuccess: Date | null, more: { isForLaterRetries?: true } = {}) => ({
      ...snapshot('running'),
      sources: [
        {
          ...{ source: 'dev-user-login/0', group: 'crm', state: 'running' as const, inFlight: 0 },
          ...{ lastSuccess, ...more },
        },
      ],
    });
    const limit = { maxSilenceMs: 60_000 };
    expect(readinessOf(source(new Date(now - 1_000)), limit, { since: now - 500_000 }).status).toBe(
      'up',
    );
    expect(readinessOf(source(null), limit, { since: now - 1_000 }).status).toBe('up');
    expect(readinessOf(source(null), {}, { since: now - 500_000 }).status).toBe('up');
    const silent = readinessOf(source(new Date(now - 90_000)), limit, { since: now - 500_000 });
    expect(silent).toMatchObject({
      status: 'down',
      reasons: [
        expect.stringMatching(/^group crm has handled no record of dev-user-login\/0 for 9\d s$/),
      ],
    });
    const waiting = source(null, { isForLaterRetries: true });
    expect(readinessOf(waiting, limit, { since: now - 500_000 }).status).toBe('up');
  });

  it('is not ready while a record is older than allowed, as far as is known', () => {
    const of = snapshot('running');
    const oldest = [{ group: 'crm', source: 'dev-user-login/0', ageMs: 61_000 }];
    const reason = 'group crm has not acknowledged a record of dev-user-login/0 that is 61 s old';
    expect(readinessOf(of, { maxLagMs: 60_000 }, { oldest })).toMatchObject({
      ...{ status: 'down', reasons: [reason] },
    });
    expect(readinessOf(of, { maxLagMs: 61_000 }, { oldest }).status).toBe('up');
    expect(readinessOf(of, { maxLagMs: 60_000 }).status).toBe('up');
    expect(readinessOf(of, {}, { oldest }).status).toBe('up');
  });

  it.each([NaN, -1, '60000', null])(
    'refuses %p as a limit, which would never be reached',
    (odd) => {
      const board = new StatusBoard('default');
      const limit = odd as number;
      const refusals = [
        () => board.liveness({ maxStalledMs: limit }),
        () => board.readiness({ maxSilenceMs: limit }),
        () => board.readiness({ maxLagMs: limit }),
      ];
      for (const refusal of refusals) expect(refusal).toThrow(ConfigurationError);
      expect(() => board.readiness({ maxLag: 1 } as object)).toThrow(/did you mean maxLagMs/);
      expect(board.readiness({ maxLagMs: undefined, maxSilenceMs: Infinity }).status).toBe('down');
    },
  );

  it('has the age of records asked for once somebody wants to know it', () => {
    const board = new StatusBoard('default');
    let told = 0;
    board.onLagWanted(() => told++);
    board.readiness();
    board.readiness({ maxSilenceMs: 1 });
    expect([told, board.wantsLag]).toEqual([0, false]);
    board.readiness({ maxLagMs: 1 });
    board.readiness({ maxLagMs: 1 });
    expect([told, board.wantsLag]).toEqual([1, true]);
  });

  it('counts silence from the moment at which the bus first ran', () => {
    const board = new StatusBoard('default');
    board.enter('running');
    board.source('crm', 'dev-user-login/0', 'running');
    expect(board.readiness({ maxSilenceMs: 60_000 }).status).toBe('up');
    board.fault('broker', broker);
    expect(board.readiness()).toMatchObject({ status: 'degraded', state: 'degraded' });
    expect(board.liveness()).toMatchObject({ status: 'up', state: 'degraded' });
  });
});
