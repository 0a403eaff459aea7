import type { ConfigurationProblem } from '../../../errors/index.js';
import { shownValue } from '../../../errors/shown-value.js';
import { quietProvider } from '../../common/credentials-provider.js';
import { Hidden } from '../../../common/hidden.js';
import type { SchemaRegistryOptions, SchemaRegistrySettings } from './registry-options.js';

const NAME = 'EVENT_BUS_KAFKA_SCHEMA_REGISTRY';
const OPTION = 'kafkaTransport schemaRegistry';
/** Problems that are told of one list of addresses. */
const MOST_REFUSED = 10;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Options win over settings. Adds every problem to `problems`, without secrets, and then returns
 * settings that must not be used.
 */
export function registrySettings(
  options: SchemaRegistryOptions,
  setting: (name: string) => unknown,
  problems: ConfigurationProblem[],
): SchemaRegistrySettings {
  const text = (option: 'apiKey' | 'apiSecret', name: string): string => {
    const value = options[option] ?? setting(name) ?? '';
    if (typeof value === 'string') return value;
    const from = options[option] === undefined ? name : `${OPTION}.${option}`;
    problems.push({ setting: from, found: typeof value, allowed: 'a text' });
    return '';
  };
  const apiKey = text('apiKey', `${NAME}_API_KEY`);
  const apiSecret = text('apiSecret', `${NAME}_API_SECRET`);
  const { urls, credentials } = addresses(options, setting, problems);
  const given = apiKey || apiSecret ? `${apiKey}:${apiSecret}` : undefined;
  if (given !== undefined && credentials !== undefined)
    problems.push({
      setting: options.url === undefined ? `${NAME}_URL` : `${OPTION}.url`,
      found: 'credentials, besides an API key or secret',
      allowed: 'credentials in one place',
    });
  const user = given ?? credentials;
  const { credentialsProvider } = options;
  if (credentialsProvider !== undefined && typeof credentialsProvider !== 'function')
    problems.push({
      setting: `${OPTION}.credentialsProvider`,
      found: typeof credentialsProvider,
      allowed: 'a function',
    });
  const {
    requestTimeoutMs = 5_000,
    maxAnswerBytes = 4 * 1_024 * 1_024,
    missingSubjectTimeoutMs = 600_000,
    autoRegister = true,
  } = options;
  if (!(Number.isSafeInteger(maxAnswerBytes) && maxAnswerBytes >= 1))
    problems.push({
      setting: `${OPTION}.maxAnswerBytes`,
      found: shownValue('maxAnswerBytes', maxAnswerBytes),
      allowed: 'a whole number of at least 1',
    });
  if (!(
    typeof requestTimeoutMs === 'number' &&
    requestTimeoutMs >= 1 &&
    requestTimeoutMs <= LONGEST_TIMER_MS
  ))
    problems.push({
      setting: `${OPTION}.requestTimeoutMs`,
      found: shownValue('requestTimeoutMs', requestTimeoutMs),
      allowed: 'a number of at least 1',
    });
  if (!(
    typeof missingSubjectTimeoutMs === 'number' &&
    missingSubjectTimeoutMs >= 0 &&
    missingSubjectTimeoutMs <= LONGEST_TIMER_MS
  ))
    problems.push({
      setting: `${OPTION}.missingSubjectTimeoutMs`,
      found: shownValue('missingSubjectTimeoutMs', missingSubjectTimeoutMs),
      allowed: 'a number of at least 0',
    });
  if (typeof autoRegister !== 'boolean')
    problems.push({
      setting: `${OPTION}.autoRegister`,
      found: shownValue('autoRegister', autoRegister),
      allowed: 'true or false',
    });
  if (options.fetch !== undefined && typeof options.fetch !== 'function')
    problems.push({
      setting: `${OPTION}.fetch`,
      found: typeof options.fetch,
      allowed: 'a function',
    });
  return {
    urls,
    authorization: user ? new Hidden(basic(user)) : undefined,
    askAuthorization:
      credentialsProvider &&
      quietProvider(credentialsProvider, {
        option: 'credentialsProvider',
        read: authorizationOf,
        wanted: '{ apiKey, apiSecret } or { token }',
      }),
    autoRegister,
    requestTimeoutMs,
    maxAnswerBytes,
    missingSubjectTimeoutMs,
    readPatienceMs: 10_000,
    lookAgainMs: 15_000,
    confirmAfterMs: 500,
    firstDelayMs: 100,
    longestDelayMs: 2_000,
    fetch: options.fetch ?? fetch,
  };
}

function authorizationOf(given: object): string | undefined {
  const { apiKey, apiSecret, token } = given as Partial<Record<string, unknown>>;
  if (typeof token === 'string' && token !== '') return `Bearer ${token}`;
  if (typeof apiKey !== 'string' || typeof apiSecret !== 'string') return undefined;
  return basic(`${apiKey}:${apiSecret}`);
}

function basic(user: string): string {
  return `Basic ${Buffer.from(user).toString('base64')}`;
}

interface Addresses {
  readonly urls: string[];
  readonly credentials: string | undefined;
}

function addresses(
  options: SchemaRegistryOptions,
  setting: (name: string) => unknown,
  problems: ConfigurationProblem[],
): Addresses {
  const from = options.url === undefined ? `${NAME}_URL` : `${OPTION}.url`;
  const refuse = (found: string): void => {
    problems.push({
      setting: from,
      found,
      allowed:
        'http:// or https:// URLs, without a query; in user and password percent-encode what is no letter or digit',
    });
  };
  const value = options.url ?? setting(`${NAME}_URL`);
  const texts = Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : [];
  if (!Array.isArray(value) && typeof value !== 'string' && (value ?? undefined) !== undefined)
    refuse(typeof value);
  else if (!texts.some((text) => typeof text === 'string' && text.trim())) refuse('nothing');
  let refused = 0;
  const urls: string[] = [];
  const credentials = new Set<string>();
  for (const [index, text] of texts.entries()) {
    if (typeof text === 'string' && !text.trim()) continue;
    const url = typeof text === 'string' ? parsed(text.trim()) : undefined;
    // What cannot be parsed may hold a password, so it is not shown.
    if (url === undefined) {
      refuse(`one that is no such URL (number ${index + 1})`);
      if (++refused === MOST_REFUSED) break;
    } else {
      urls.push(url.origin + withoutLastSlashes(url.pathname));
      if (url.username || url.password)
        credentials.add(`${decoded(url.username)}:${decoded(url.password)}`);
    }
  }
  if (credentials.size > 1) refuse('URLs with different credentials');
  return { urls, credentials: [...credentials][0] };
}

function withoutLastSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') end--;
  return path.slice(0, end);
}

function parsed(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const fits = /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '';
  return fits ? url : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
