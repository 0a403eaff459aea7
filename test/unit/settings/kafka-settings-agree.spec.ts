import * as kafkajs from 'kafkajs';
import { ConfigurationError } from '../../../lib/errors/index.js';
import { kafkaTransport } from '../../../lib/transport/kafka/index.js';
import { configurationProblems } from '../../support/configuration-problems.js';

const SERVERS = 'EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS';
const KEY = 'EVENT_BUS_KAFKA_API_KEY';
const SECRET = 'EVENT_BUS_KAFKA_API_SECRET';
const REGISTRY = 'EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL';
const REGISTRY_KEY = 'EVENT_BUS_KAFKA_SCHEMA_REGISTRY_API_KEY';
const REGISTRY_SECRET = 'EVENT_BUS_KAFKA_SCHEMA_REGISTRY_API_SECRET';

const quiet = (): void => undefined;

/** The settings that are refused. */
async function refused(check: () => unknown): Promise<string[]> {
  try {
    await check();
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return namesOf(error.problems);
  }
}

const namesOf = (problems: ConfigurationError['problems']): string[] =>
  [...new Set(problems.map(({ setting }) => setting))].sort();

async function bothRefuse(values: Record<string, unknown>): Promise<string[]> {
  const settings: Record<string, unknown> = {
    [SERVERS]: 'a:9092',
    [REGISTRY]: 'http://r:8081',
    ...values,
  };
  const ours = namesOf(await configurationProblems({ transport: 'kafka', settings }));
  const theirs = await refused(() =>
    kafkaTransport({ client: kafkajs })({
      bus: 'b',
      setting: (name) => settings[name],
      logger: { log: quiet, warn: quiet, error: quiet, debug: quiet },
    }),
  );
  expect(ours).toEqual(theirs);
  return ours;
}

describe('Kafka settings are refused at start exactly when the transport would refuse them', () => {
  it.each([
    undefined,
    '',
    ' ',
    ',',
    'a',
    'a:1',
    'a:1,b:2 ,',
    'kafka://a:1',
    'u:p@a:1',
    '[::1]:9',
    7,
    ['a:1'],
    [],
    ...[
      'a:',
      'a:0',
      'a:70000',
      'a, b:1,',
      'PLAINTEXT://a',
      'SASL_SSL://a',
      'sasl_ssl://a:1/',
      '::1',
      '[::1',
    ],
  ])(`${SERVERS}: %p`, async (servers) => {
    await bothRefuse({ [SERVERS]: servers });
    await bothRefuse({ [SERVERS]: servers, [KEY]: 'k', [SECRET]: 's' });
    await bothRefuse({ [SERVERS]: servers, [KEY]: 'k' });
  });

  it.each([
    ...[undefined, '', ',', 'r:8081', 'ftp://r', 'http://r', 'https://r/api/,http://s', 5],
    ...['http://r?x=1', 'http://u:p@r', 'http://u:p@r,http://r', 'http://u:p@r,http://o:p@s'],
    ['http://r', ' http://s'],
  ])(`${REGISTRY}: %p`, async (url) => {
    await bothRefuse({ [REGISTRY]: url });
    await bothRefuse({ [REGISTRY]: url, [REGISTRY_KEY]: 'k', [REGISTRY_SECRET]: 's' });
  });

  it('key and secret, or neither', async () => {
    expect(await bothRefuse({ [KEY]: 'k' })).toEqual([SECRET]);
    expect(await bothRefuse({ [SECRET]: 's', [KEY]: '' })).toEqual([KEY]);
    expect(await bothRefuse({ [KEY]: 'k', [SECRET]: 's' })).toEqual([]);
    expect(await bothRefuse({ [REGISTRY_KEY]: 'k' })).toEqual([]);
    expect(await bothRefuse({ [REGISTRY_KEY]: 5, [KEY]: 5, [SECRET]: 's' })).toEqual(
      [KEY, REGISTRY_KEY].sort(),
    );
  });

  it('lists all that is missing in one error, and no secret', async () => {
    const settings = { [KEY]: 'hunter2', EVENT_BUS_KAFKA_CONSUMERS_ENABLED: 'maybe' };
    const problems = await configurationProblems({ transport: 'kafka', settings });
    const { message } = new ConfigurationError(problems);
    for (const name of [SERVERS, REGISTRY, SECRET, 'EVENT_BUS_KAFKA_CONSUMERS_ENABLED'])
      expect(message).toContain(name);
    expect(message).not.toContain('hunter2');
  });
});
