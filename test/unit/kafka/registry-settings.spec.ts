import type { ConfigurationProblem } from '../../../lib/errors/index.js';
import {
  type SchemaRegistryOptions,
  registrySettings,
} from '../../../lib/transport/kafka/registry/registry-settings.js';

const NAME = 'EVENT_BUS_KAFKA_SCHEMA_REGISTRY';
const basic = (user: string) => `Basic ${Buffer.from(user).toString('base64')}`;

function settle(options: SchemaRegistryOptions, env: Record<string, unknown> = {}) {
  const problems: ConfigurationProblem[] = [];
  const settings = registrySettings(options, (name) => env[name], problems);
  return { settings: { ...settings, authorization: settings.authorization?.reveal() }, problems };
}

const url = 'http://registry:8081';

describe('registry settings', () => {
  it('come from the settings of the reference', () => {
    const { settings, problems } = settle(
      {},
      { [`${NAME}_URL`]: url, [`${NAME}_API_KEY`]: 'key', [`${NAME}_API_SECRET`]: 'secret' },
    );
    expect(problems).toEqual([]);
    expect(settings).toMatchObject({
      urls: [url],
      authorization: basic('key:secret'),
      autoRegister: true,
      requestTimeoutMs: 5_000,
      maxAnswerBytes: 4_194_304,
    });
  });

  it('of the options win', () => {
    const env = { [`${NAME}_URL`]: 'http://elsewhere', [`${NAME}_API_KEY`]: 'theirs' };
    const { settings } = settle({ url, apiKey: 'ours', autoRegister: false }, env);
    expect(settings).toMatchObject({ urls: [url], authorization: basic('ours:') });
    expect(settings.autoRegister).toBe(false);
  });

  it('take several URLs as a text or a list', () => {
    const urls = ['https://one:8081/api', 'http://two'];
    expect(settle({ url: 'https://one:8081/api/ , http://two/,' }).settings.urls).toEqual(urls);
    expect(settle({ url: urls }).settings.urls).toEqual(urls);
  });

  it('take credentials out of a URL', () => {
    const { settings, problems } = settle({ url: 'http://u:p%40ss@registry/x' });
    expect(problems).toEqual([]);
    expect(settings).toMatchObject({
      urls: ['http://registry/x'],
      authorization: basic('u:p@ss'),
    });
  });

  it.each<[string, SchemaRegistryOptions, Record<string, unknown>, string, RegExp]>([
    ['no URL', {}, {}, `${NAME}_URL`, /^not set$/],
    ['an empty URL', {}, { [`${NAME}_URL`]: ' , ' }, `${NAME}_URL`, /^not set$/],
    ['a URL that is a number', {}, { [`${NAME}_URL`]: 8081 }, `${NAME}_URL`, /^number$/],
    ['no scheme', { url: 'registry:8081' }, {}, 'kafkaTransport schemaRegistry.url', /number 1/],
    ['a query', { url: [url, `${url}?a=b`] }, {}, 'kafkaTransport schemaRegistry.url', /number 2/],
    [
      'credentials twice',
      { apiSecret: 's3cret' },
      { [`${NAME}_URL`]: 'http://u:s3cret@registry' },
      `${NAME}_URL`,
      /although an API key/,
    ],
    [
      'two users',
      { url: 'http://u:s3cret@one,http://v:s3cret@two' },
      {},
      'kafkaTransport schemaRegistry.url',
      /different credentials/,
    ],
    ['a key that is no text', { url }, { [`${NAME}_API_KEY`]: 7 }, `${NAME}_API_KEY`, /^number$/],
    [
      'no time',
      { url, requestTimeoutMs: 0 },
      {},
      'kafkaTransport schemaRegistry.requestTimeoutMs',
      /^0$/,
    ],
  ])('refuse %s, naming the setting and no secret', (_, options, env, setting, found) => {
    const { problems } = settle(options, env);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ setting, found: expect.stringMatching(found) });
    expect(JSON.stringify(problems)).not.toContain('s3cret');
  });
});
