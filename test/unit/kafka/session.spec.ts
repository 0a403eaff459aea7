import { jest } from '@jest/globals';
import { monotonicNow } from '../../../lib/common/clocks.js';
import { Session } from '../../../lib/transport/kafka/kafkajs/session.js';

const SESSION_MS = 6_000;

describe('whether a member of a Kafka group may still hold what is its own', () => {
  let clock = 0;
  let sessions: Session[] = [];
  const open = (): Session => {
    const session = new Session(SESSION_MS);
    sessions.push(session);
    return session;
  };
  /** The event loop turns all the time. */
  const pass = (ms: number): void => {
    for (let left = ms; left > 0; left -= 100) {
      clock += 100;
      jest.advanceTimersByTime(100);
    }
  };
  /** The event loop does not turn for so long. */
  const block = (ms: number): void => {
    clock += ms;
  };
  beforeEach(() => {
    jest.useFakeTimers();
    jest.spyOn(performance, 'now').mockImplementation(() => clock);
  });
  afterEach(() => {
    for (const session of sessions) session.end();
    sessions = [];
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  it('is judged from when that was sent what the group answered last', () => {
    const session = open();
    expect(session.isExpired).toBe(true);
    const sent = monotonicNow();
    pass(4_000);
    session.heard(sent);
    expect(session.isExpired).toBe(false);
    pass(2_100);
    expect(session.isExpired).toBe(true);
    session.heard(monotonicNow());
    expect(session.isExpired).toBe(false);
  });

  it('an answer that waited while the event loop was blocked proves nothing', () => {
    const session = open();
    const sent = monotonicNow();
    session.heard(sent);
    block(10_000);
    expect(session.isExpired).toBe(true);
    session.heard(sent + 100);
    expect(session.isExpired).toBe(true);
    jest.advanceTimersByTime(1_000);
    session.heard(sent + 200);
    expect(session.isExpired).toBe(true);
    session.heard(monotonicNow());
    expect(session.isExpired).toBe(false);
  });

  it('while the group shares out, a member keeps what it has for as long as its event loop turns', () => {
    const session = open();
    session.heard(monotonicNow());
    session.rejoins();
    pass(3 * SESSION_MS);
    expect(session.isExpired).toBe(false);
    block(SESSION_MS + 1);
    expect(session.isExpired).toBe(true);
    jest.advanceTimersByTime(1_000);
    pass(1_000);
    expect(session.isExpired).toBe(true);
    session.heard(monotonicNow());
    session.joined();
    expect(session.isExpired).toBe(false);
  });

  it('ends at once where the group says that it does not know the member, while it shares out too', () => {
    const session = open();
    session.heard(monotonicNow());
    session.rejoins();
    session.forgotten();
    expect(session.isExpired).toBe(true);
    session.rejoins();
    expect(session.isExpired).toBe(true);
  });
});
