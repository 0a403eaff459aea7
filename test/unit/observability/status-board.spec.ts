import { StatusBoard } from '../../../lib/observability/status-board.js';

describe('status board', () => {
  it('begins idle and healthy, with every count at zero', () => {
    const board = new StatusBoard('default');
    expect(board.snapshot()).toEqual({
      bus: 'default',
      state: 'idle',
      error: null,
      consecutiveErrors: 0,
      lastSuccess: null,
      sources: [],
      slowHandlers: [],
      stalledRecords: [],
      eventLoop: { longestDelayMs: 0 },
      counts: {
        handled: 0,
        failed: 0,
        retried: 0,
        retriedLater: 0,
        deadLettered: 0,
        duplicatesSkipped: 0,
        locksLost: 0,
        unknownType: 0,
        unusable: 0,
        sent: 0,
        sendFailed: 0,
        disabledRoute: 0,
        lost: 0,
        warnings: 0,
        outOfOrder: 0,
      },
    });
    expect(board.healthy).toBe(true);
  });

  it('shows running as degraded until every fault is healed', () => {
    const board = new StatusBoard('default');
    board.enter('running');
    const first = new Error('broker away');
    board.fault('broker', first);
    board.fault('registry', new Error('registry away'));
    expect(board.snapshot()).toMatchObject({ state: 'degraded', error: first });
    expect(board.healthy).toBe(true);
    board.heal('broker');
    expect(board.snapshot()).toMatchObject({ state: 'degraded' });
    board.heal('registry');
    expect(board.snapshot()).toMatchObject({ state: 'running', error: null });
  });

  it('failed is for good: the first error stays, whatever comes after', () => {
    const board = new StatusBoard('default');
    const first = new Error('halted');
    board.fail(first);
    board.fail(new Error('second'));
    board.enter('stopped');
    expect(board.snapshot()).toMatchObject({ state: 'failed', error: first });
    expect(board.healthy).toBe(false);
  });

  it('is not healthy when stopped', () => {
    const board = new StatusBoard('default');
    board.enter('stopped');
    expect(board.healthy).toBe(false);
  });

  it('counts consecutive errors; only a success clears them', () => {
    const board = new StatusBoard('default');
    expect(board.failed()).toBe(1);
    expect(board.failed()).toBe(2);
    board.count('unknownType');
    expect(board.snapshot().consecutiveErrors).toBe(2);
    board.succeeded('g', 's');
    expect(board.snapshot().consecutiveErrors).toBe(0);
    expect(board.failed()).toBe(1);
    expect(board.snapshot().counts).toMatchObject({ failed: 3, handled: 1, unknownType: 1 });
  });

  it('keeps a line for each source of each group until it is given back', () => {
    const board = new StatusBoard('default');
    board.source('g', 's', 'paused', 'waiting');
    board.inFlight('g', 's', 3);
    board.source('h', 's', 'running');
    expect(board.snapshot().sources).toEqual([
      {
        source: 's',
        group: 'g',
        state: 'paused',
        reason: 'waiting',
        inFlight: 3,
        lastSuccess: null,
      },
      { source: 's', group: 'h', state: 'running', inFlight: 0, lastSuccess: null },
    ]);
    board.source('g', 's', 'running');
    board.succeeded('g', 's');
    const [line] = board.snapshot().sources;
    expect(line).not.toHaveProperty('reason');
    expect(line?.lastSuccess).toEqual(board.snapshot().lastSuccess);
    board.forget('g', 's');
    expect(board.snapshot().sources.map(({ group }) => group)).toEqual(['h']);
  });

  it('hands out snapshots that do not change afterwards', () => {
    const board = new StatusBoard('default');
    const before = board.snapshot();
    board.count('sent', 5);
    board.source('g', 's', 'running');
    expect(before.counts.sent).toBe(0);
    expect(before.sources).toEqual([]);
  });
});
