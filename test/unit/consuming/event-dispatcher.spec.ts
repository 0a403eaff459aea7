import { OpenEdxEventContext } from '../../../lib/consuming/handlers/event-context.js';
import {
  EventDispatcher,
  type Dispatch,
  type DispatchResult,
} from '../../../lib/consuming/processing/event-dispatcher.js';
import type { EventHandler } from '../../../lib/consuming/handlers/handler-registry.js';
import { HandlerRun } from '../../../lib/consuming/observing/handler-run.js';
import { HandlerTimeoutError } from '../../../lib/errors/index.js';

function handler(name: string, invoke: EventHandler['invoke']): EventHandler {
  return { name, group: 'g', pattern: '*', topics: [], invoke };
}

function dispatchOf(handlers: readonly EventHandler[], more: Partial<Dispatch> = {}): Dispatch {
  return {
    handlers,
    place: { topic: 't', eventType: 'type', eventId: 'id' },
    data: { list: ['original'] },
    copy: (data) => structuredClone(data),
    contextWith: (told) =>
      new OpenEdxEventContext({
        get signal() {
          return told.signal;
        },
      } as never),
    lost: new AbortController().signal,
    ...more,
  };
}

/** Resolves with the result of a dispatch. */
const dispatch = (dispatcher: EventDispatcher, attempt: Dispatch): Promise<DispatchResult> =>
  new Promise((resolve) => dispatcher.dispatch(attempt, resolve));

const never = (): Promise<void> => new Promise(() => undefined);
const plain = new EventDispatcher({ handlerTimeoutMs: undefined });

describe('dispatching an event to its handlers', () => {
  it('B-12: a failing handler keeps no other from running to its end', async () => {
    const ran: string[] = [];
    const boom = new Error('boom');
    const slow = handler('slow', async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      ran.push('slow');
    });
    const bad = handler('bad', async () => {
      ran.push('bad');
      throw boom;
    });
    const good = handler('good', async () => void ran.push('good'));
    const result = await dispatch(plain, dispatchOf([slow, bad, good]));
    expect(ran).toEqual(['bad', 'good', 'slow']);
    expect(result).toEqual(new Map([[bad, boom]]));
  });

  it('gives each handler data of its own, the last one the original', async () => {
    const seen: unknown[] = [];
    const spoil = async (data: unknown): Promise<void> => {
      seen.push(JSON.parse(JSON.stringify(data)));
      (data as { list: string[] }).list.push('spoiled');
    };
    const data = { list: ['original'] };
    const handlers = [handler('a', spoil), handler('b', spoil), handler('c', spoil)];
    await dispatch(plain, dispatchOf(handlers, { data }));
    expect(seen).toEqual([data, data, data].map(() => ({ list: ['original'] })));
    expect(data.list).toEqual(['original', 'spoiled']);
  });

  it.each([
    ['a string', 'text'],
    ['null', null],
    ['undefined', undefined],
    ['a bare object', { code: 7 }],
  ])('N-07: a handler may throw %s', async (_, value) => {
    const thrown = value as unknown as Error;
    const rejecting = handler('rejecting', () => Promise.reject(thrown));
    const throwing = handler('throwing', () => {
      throw thrown;
    });
    const result = await dispatch(plain, dispatchOf([rejecting, throwing]));
    expect(result).toEqual(
      new Map([
        [rejecting, thrown],
        [throwing, thrown],
      ]),
    );
  });

  it('B-14: a handler that never settles times out: its signal fires, the rest count as they ended', async () => {
    const signals: AbortSignal[] = [];
    const stuck = handler('stuck', (_, context) => {
      signals.push(context.signal);
      return never();
    });
    const good = handler('good', async () => undefined);
    const dispatcher = new EventDispatcher({ handlerTimeoutMs: 20 });
    const result = await dispatch(dispatcher, dispatchOf([stuck, good]));
    const error = (result as Map<EventHandler, unknown>).get(stuck) as HandlerTimeoutError;
    expect([...(result as Map<EventHandler, unknown>).keys()]).toEqual([stuck]);
    expect(error).toBeInstanceOf(HandlerTimeoutError);
    expect(error).toMatchObject({ code: 'HANDLER_TIMEOUT', topic: 't', eventId: 'id' });
    expect(error.message).toContain('stuck timed out after 20 ms');
    expect(signals[0]?.aborted).toBe(true);
    expect(signals[0]?.reason).toBeInstanceOf(HandlerTimeoutError);
  });

  it('a handler that fails after its time-out is an unhandled rejection for nobody', async () => {
    let rejectLate: ((error: Error) => void) | undefined;
    const late = handler('late', () => new Promise((_, reject) => (rejectLate = reject)));
    const dispatcher = new EventDispatcher({ handlerTimeoutMs: 5 });
    const result = (await dispatch(dispatcher, dispatchOf([late]))) as Map<EventHandler, unknown>;
    rejectLate?.(new Error('too late'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(result.get(late)).toBeInstanceOf(HandlerTimeoutError);
  });

  it('when nobody waits any longer the signal fires and handlers are left behind', async () => {
    let signal: AbortSignal | undefined;
    const stuck = handler('stuck', (_, context) => {
      signal = context.signal;
      return never();
    });
    const results: DispatchResult[] = [];
    const running = plain.dispatch(dispatchOf([stuck]), (result) => results.push(result));
    running.abandon(new Error('stopped'));
    running.abandon(new Error('stopped again'));
    expect(results).toEqual(['abandoned']);
    expect(signal?.reason).toEqual(new Error('stopped'));
  });

  it('when nobody waits any longer the observer hears why, of the handlers that have not ended', () => {
    const ends: unknown[] = [];
    const observer = {
      begin: ({ name }: EventHandler) =>
        new HandlerRun(undefined, ({ failure }) => ends.push([name, failure])),
    };
    const dispatcher = new EventDispatcher({ handlerTimeoutMs: undefined, observer });
    const ended = handler('ended', () => 'at once');
    const running = dispatcher.dispatch(
      dispatchOf([ended, handler('stuck', never)]),
      () => undefined,
    );
    const reason = new Error('stopped');
    running.abandon(reason);
    expect(ends).toEqual([
      ['ended', undefined],
      ['stuck', { thrown: reason }],
    ]);
  });

  it('a lost record is told to the handlers, which are still waited for', async () => {
    const lost = new AbortController();
    let ended = false;
    const careful = handler('careful', async (_, { signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      await new Promise((resolve) => setTimeout(resolve, 10));
      ended = true;
    });
    const result = dispatch(plain, dispatchOf([careful], { lost: lost.signal }));
    lost.abort();
    expect(await result).toEqual(new Map());
    expect(ended).toBe(true);
  });

  it('calls every handler inside aroundEvent, with a context of its own', async () => {
    const contexts = new Set<OpenEdxEventContext>();
    const inside: boolean[] = [];
    let depth = 0;
    const dispatcher = new EventDispatcher({
      handlerTimeoutMs: undefined,
      aroundEvent: (context, run) => {
        contexts.add(context);
        depth++;
        try {
          return run();
        } finally {
          depth--;
        }
      },
    });
    const note = async (): Promise<void> => void inside.push(depth > 0);
    await dispatch(dispatcher, dispatchOf([handler('a', note), handler('b', note)]));
    expect(inside).toEqual([true, true]);
    expect(contexts.size).toBe(2);
    expect(depth).toBe(0);
  });
});
