import type { EventBusSettingsOptions } from '../../../lib/settings/event-bus-settings.js';
import type { RetrySettings } from '../../../lib/settings/failure-settings.js';
import { configurationProblems } from '../../support/configuration-problems.js';
import { resolveSettings } from '../../support/resolve-settings.js';

const memory = (retry: unknown): EventBusSettingsOptions => ({
  transport: 'memory',
  retry: retry as Partial<RetrySettings>,
});
const problemsOf = (retry: unknown) => configurationProblems(memory(retry));

describe('retry.later', () => {
  it('is a list of durations, kept in ms in their order', () => {
    const { retry } = resolveSettings(memory({ later: ['10m', '1m', 250, '1m'] }), { env: {} });
    expect(retry).toMatchObject({ attempts: 3, later: [600_000, 60_000, 250, 60_000] });
  });

  it.each([
    [[], []],
    [undefined, undefined],
    [null, undefined],
  ])('%p is none', (later, expected) => {
    expect(resolveSettings(memory({ later }), { env: {} }).retry.later).toEqual(expected);
  });

  it.each(['10 min', '0s', -1, '1.5m', null, {}, '-5m'])(
    'names the duration that is none: %p',
    async (bad) => {
      expect(await problemsOf({ later: ['1m', bad] })).toEqual([
        {
          setting: 'retry.later[1]',
          found: expect.any(String) as string,
          allowed: "a duration such as '500ms', '30s', '10m', '12h' or '7d', or a number of ms",
        },
      ]);
    },
  );

  it('is at most 30 days each', async () => {
    expect(await problemsOf({ later: ['30d'] })).toEqual([]);
    expect(await problemsOf({ later: ['1m', '31d', 30 * 86_400_000 + 1] })).toEqual([
      { setting: 'retry.later[1]', found: "'31d'", allowed: 'at most 30 days' },
      { setting: 'retry.later[2]', found: '2592000001', allowed: 'at most 30 days' },
    ]);
  });

  it.each([[Array<string>(21).fill('1m')], ['1m'], [5], [{ 0: '1m' }]])(
    'is a list of at most 20',
    async (later) => {
      expect(await problemsOf({ later: Array<string>(20).fill('1m') })).toEqual([]);
      expect(await problemsOf({ later })).toMatchObject([
        {
          setting: 'retry.later',
          allowed: "a list of at most 20 durations, such as ['1m', '10m']",
        },
      ]);
    },
  );

  it('is found where it is misspelt, in the bus and in a topic', async () => {
    const misspelt = await configurationProblems({
      ...memory({ laters: ['1m'] }),
      topics: { 'user-login': { retry: { Later: ['1m'] } as never } },
    });
    expect(misspelt.map(({ setting }) => setting).sort()).toEqual([
      'retry.laters',
      'topics.user-login.retry.Later',
    ]);
  });

  it('names the topic whose list is wrong', async () => {
    const topics = { 'user-login': { retry: { later: ['soon' as '1m'] } } };
    expect(await configurationProblems({ transport: 'memory', topics })).toMatchObject([
      { setting: 'topics.user-login.retry.later[0]', found: "'soon'" },
    ]);
  });
});
