import { ConsumingBus, latch, recordOf } from '../../support/consuming-bus.js';
import { ScriptedTransport } from '../../support/scripted-transport.js';
import { waitUntil } from '../../support/wait-until.js';

const refuse = (): never => {
  throw new Error('not to be looked at');
};

/** A proxy each trap of which throws. */
const refusing = (target: object): object =>
  new Proxy(target, new Proxy({}, { get: () => refuse }));

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const errorWith = (name: string, value: PropertyDescriptor): Error =>
  Object.defineProperty(new Error('planned'), name, value);

const throwers: [string, () => unknown][] = [
  ['a proxy of an error', () => refusing(new Error('a'))],
  ['a proxy of a function', () => refusing(() => undefined)],
  ['a revoked proxy', revoked],
  ['undefined', () => undefined],
  ['null', () => null],
  ['a symbol', () => Symbol('s')],
  ['a bigint', () => 5n],
  ['an object without a prototype', () => Object.create(null) as object],
  ...['message', 'stack', 'name', 'cause', 'constructor', 'errors', 'code'].flatMap((name) => [
    [`an error whose ${name} throws`, () => errorWith(name, { get: refuse })] as [
      string,
      () => unknown,
    ],
    [`an error whose ${name} is a symbol`, () => errorWith(name, { value: Symbol('s') })] as [
      string,
      () => unknown,
    ],
  ]),
  [
    'an error that is its own cause',
    () => {
      const error = new Error('a');
      error.cause = error;
      return error;
    },
  ],
];

/** What a handler may return that cannot be waited for. */
const results: [string, () => unknown][] = [
  [
    'an object whose then throws when it is read',
    () => Object.defineProperty({}, 'then', { get: refuse }),
  ],
  ['an object whose then throws when it is called', () => ({ then: refuse })],
  ['a proxy', () => refusing({})],
  ['a revoked proxy', revoked],
  [
    'a promise with a constructor that throws',
    () => Object.defineProperty(Promise.resolve(), 'constructor', { get: refuse }),
  ],
  ['an observable whose subscribe throws', () => ({ lift: () => undefined, subscribe: refuse })],
];

async function run(handle: () => unknown) {
  const transport = new ScriptedTransport();
  const bus = new ConsumingBus(transport);
  let tries = 0;
  const done: number[] = [];
  bus.handle(({ n }) => {
    if (n === 0) {
      tries++;
      return handle();
    }
    done.push(n);
    return undefined;
  });
  await bus.runtime.start();
  const [subscription] = transport.subscriptions;
  void subscription!.deliver('s', [recordOf(0), recordOf(1)]);
  await waitUntil(() => done.length === 1);
  await bus.drain();
  return { tries, fates: subscription!.fates(), bus };
}

function expectRetriedAndLogged({ tries, fates, bus }: Awaited<ReturnType<typeof run>>): void {
  expect(tries).toBe(3);
  expect(fates).toEqual(['settled', 'settled']);
  expect(bus.counts).toMatchObject({ handled: 1, failed: 1, retried: 2 });
  const errors = bus.lines.filter((line) => line.startsWith('error'));
  expect(errors).toHaveLength(1);
  expect(errors[0]).toContain('event_type=org.openedx.test.subject.happened.v1');
  expect(errors[0]).toContain('message_id=00000000-0000-1000-8000-000000000000');
  expect(errors[0]).toContain('attempts=3');
  expect(errors[0]).toContain('Test.handle: ');
}

describe('a handler that fails with what cannot be looked at is retried, and the log names it and the event', () => {
  it.each(throwers)('throws %s', async (_, make) => {
    expectRetriedAndLogged(
      await run(() => {
        throw make();
      }),
    );
  });

  it.each(throwers)('rejects with %s', async (_, make) => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what is tested
    expectRetriedAndLogged(await run(() => Promise.reject(make())));
  });

  it.each(results)('returns %s', async (_, make) => {
    expectRetriedAndLogged(await run(make));
  });

  it.each(throwers)('throws %s once it is not waited for any more', async (_, make) => {
    const transport = new ScriptedTransport();
    const bus = new ConsumingBus(transport, {
      handlerTimeoutMs: 10,
      retry: { attempts: 1, delayMs: 0, factor: 1, maxDelayMs: 0 },
    });
    const late = latch();
    bus.handle(async () => {
      await late.opened;
      throw make();
    });
    await bus.runtime.start();
    void transport.subscriptions[0]!.deliver('s', [recordOf(0)]);
    await waitUntil(() => bus.counts.failed === 1);
    late.open();
    await new Promise(setImmediate);
    await bus.drain();
    expect(transport.subscriptions[0]!.fates()).toEqual(['settled']);
  });
});
