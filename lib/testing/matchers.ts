import { inspect } from 'node:util';
import { bodyOf } from '../codec/avro/shape.js';
import type { EventInput, KnownEvent } from '../events/event-types.js';
import { EventBusTestKit, type SentEvent } from './event-bus-test-kit.js';
import { asReceived, type Difference, differences, type ExpectedData } from './sent-data.js';

/**
 * What `eventBusMatchers` adds to `expect(kit)`. jest and vitest know these types wherever this entry is imported. For an
 * `expect` that does not, let the interface of its matchers extend this one.
 */
export interface EventBusMatchers {
  /**
   * Passes when the application has sent such an event: any of the type or, with `data`, one whose data has these
   * values. Objects are compared by the members that are given, lists item by item. Matchers such as `expect.any(Number)`
   * may stand in place of values. What counts is what `EventBusTestKit.sent` returns. Returns a promise: await it.
   */
  toHaveSent<E extends KnownEvent>(event: E, data?: ExpectedData<EventInput<E>>): Promise<void>;
}

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- @types/jest has its matchers there
  namespace jest {
    // eslint-disable-next-line @typescript-eslint/no-unused-vars -- the parameters of @types/jest
    interface Matchers<R, T> extends EventBusMatchers {}
  }
  // eslint-disable-next-line @typescript-eslint/no-namespace -- in every version of vitest, its assertions have what these have
  namespace Chai {
    interface Assertion extends EventBusMatchers {}
  }
}

// eslint-disable-next-line @typescript-eslint/ban-ts-comment -- it is no error where the package is there
/** @ts-ignore -- the package is there only beside jest, where @jest/globals takes its matchers from it */
declare module 'expect' {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- the parameters of the package
  interface Matchers<R, T> extends EventBusMatchers {}
}

/** What jest and vitest give to a matcher as `this`. */
export interface MatcherContext {
  /** Whether it stands after `.not`. */
  readonly isNot?: boolean;
  /** Compares as `toEqual` does. */
  equals(a: unknown, b: unknown): boolean;
  /** Texts for messages. */
  readonly utils: {
    /** The first line of a message. */
    readonly matcherHint: (
      name: string,
      received: string,
      expected: string,
      options: object,
    ) => string;
    /** A value as text. */
    readonly stringify: (value: unknown) => string;
  };
}

/** What a matcher resolves to. */
export interface MatcherResult {
  /** Whether what was expected holds, whatever `.not` makes of it. */
  readonly pass: boolean;
  /** The text of the failure. */
  readonly message: () => string;
}

/**
 * Matchers for `expect` of jest and vitest: call `expect.extend(eventBusMatchers)` once, then
 * `await expect(kit).toHaveSent(EVENT, data)`. See `EventBusMatchers`.
 */
export const eventBusMatchers = {
  /** See `EventBusMatchers`. */
  async toHaveSent(
    this: MatcherContext,
    kit: unknown,
    event: KnownEvent,
    data: unknown = {},
  ): Promise<MatcherResult> {
    if (!(kit instanceof EventBusTestKit))
      throw new TypeError(
        `toHaveSent: found ${inspect(kit, { depth: 0 })}; expected an EventBusTestKit, as in expect(kit).toHaveSent(EVENT)`,
      );
    const definition = kit.definitionOf(event);
    const expected = asReceived(bodyOf(definition), data);
    const equals = (sent: unknown, wanted: unknown): boolean => this.equals(sent, wanted);
    const compared: readonly Compared[] = (await kit.sent(definition)).map((sent) => ({
      sent,
      wrong: differences(expected, sent.data, equals),
    }));
    const matching = compared.filter(({ wrong }) => wrong.length === 0);
    const { matcherHint, stringify } = this.utils;
    const all = await kit.sent();
    return {
      pass: matching.length > 0,
      message: () => {
        const options = { isNot: this.isNot ?? false };
        const hint = matcherHint('toHaveSent', 'kit', definition.type, options);
        const text =
          matching.length > 0
            ? [
                `The application has sent ${count(matching.length, 'such event')}:`,
                ...listOf(matching),
              ]
            : compared.length > 0
              ? notThis(compared, stringify)
              : notAtAll(all);
        return `${hint}\n\n${text.join('\n')}`;
      },
    };
  },
};

interface Compared {
  readonly sent: SentEvent<KnownEvent>;
  readonly wrong: readonly Difference[];
}

const MOST_LINES = 20;

const count = (number: number, what: string): string =>
  `${number} ${what}${number === 1 ? '' : 's'}`;

const placeOf = ({ topic, metadata }: SentEvent<KnownEvent>): string =>
  `topic ${topic}, id ${metadata.id}`;

const listOf = (matching: readonly Compared[]): string[] =>
  shortened(matching.map(({ sent }) => `  on ${placeOf(sent)}`));

function notThis(compared: readonly Compared[], show: (value: unknown) => string): string[] {
  const nearest = compared.reduce((best, one) =>
    one.wrong.length < best.wrong.length ? one : best,
  );
  const first =
    compared.length === 1
      ? 'The application has sent one event of this type, with other data'
      : `The application has sent ${compared.length} events of this type, none with this data. The nearest one`;
  return [
    `${first} (${placeOf(nearest.sent)}):`,
    ...shortened(
      nearest.wrong.map(({ path, expected, sent }) => {
        const found = sent === undefined ? 'no such field was sent' : `sent ${show(sent)}`;
        return `  ${path === '' ? 'data' : path}: expected ${show(expected)}; ${found}`;
      }),
    ),
  ];
}

function notAtAll(all: readonly SentEvent<KnownEvent>[]): string[] {
  if (all.length === 0) return ['The application has sent no event.'];
  const counts = new Map<string, number>();
  for (const { topic, metadata } of all) {
    const what = `${metadata.type} on topic ${topic}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  const lines = [...counts].map(([what, number]) => `  ${what} (${number})`);
  return ['The application has sent no event of this type. It has sent:', ...shortened(lines)];
}

const shortened = (lines: readonly string[]): string[] =>
  lines.length > MOST_LINES
    ? [...lines.slice(0, MOST_LINES), `  and ${lines.length - MOST_LINES} more`]
    : [...lines];
