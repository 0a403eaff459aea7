import { ConfigurationError } from '../../../lib/errors/index.js';
import { redisSettings } from '../../../lib/transport/redis/settings/redis-settings.js';
import { configurationProblems } from '../../support/configuration-problems.js';

const URL_NAME = 'EVENT_BUS_REDIS_CONNECTION_URL';

/** The settings that are refused. */
function refused(check: () => unknown): string[] {
  try {
    check();
    return [];
  } catch (error) {
    return (error as ConfigurationError).problems.map((problem) => problem.setting);
  }
}

const started = async (settings: Record<string, unknown>): Promise<string[]> =>
  (await configurationProblems({ transport: 'redis', settings })).map(({ setting }) => setting);

describe('Redis settings are refused at start exactly when the transport would refuse them', () => {
  const values = [
    undefined,
    '',
    ' ',
    '0',
    '1',
    '1.5',
    '0.5',
    '-1',
    'x',
    '1e3',
    0,
    1,
    1.5,
    2 ** 31,
    NaN,
  ];
  const names = [
    'EVENT_BUS_REDIS_STREAM_MAX_LEN',
    'EVENT_BUS_REDIS_CONSUMER_POLL_TIMEOUT',
    'EVENT_BUS_REDIS_CONSUMER_POLL_FAILURE_SLEEP',
  ];
  it.each(names.flatMap((name) => values.map((value) => [name, value])))(
    '%s: %p',
    async (name, value) => {
      const settings = { [URL_NAME]: 'redis://h', [name as string]: value };
      const ours = await started(settings);
      const theirs = refused(() => redisSettings({}, (key) => (settings as any)[key]));
      expect(ours).toEqual(theirs);
    },
  );

  it.each([
    undefined,
    '',
    'h:6379',
    'http://h',
    'redis://h',
    'rediss://u:p@h:1/2',
    'unix:///tmp/redis.sock',
    'redis://:pass@h',
    'REDIS://h',
    1,
  ])('connection URL %p', async (url) => {
    const settings = { [URL_NAME]: url };
    const ours = await started(settings);
    const theirs = refused(() => redisSettings({}, (key) => (settings as any)[key]));
    expect(ours).toEqual(theirs);
  });
});
