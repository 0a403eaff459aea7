import { readFileSync } from 'node:fs';
import { producerConfigProblems } from '../producing/producer-config.js';
import type { ProducerConfig } from '../producing/producer-config.interface.js';
import type { SettingReader } from './setting-reader.js';

export const PRODUCER_CONFIG = 'EVENT_BUS_PRODUCER_CONFIG';
const ALLOWED =
  'an object { eventType: { topic: { event_key_field, enabled } } }, its JSON text, or the path of a JSON file (@path, or a path that ends in .json)';

/**
 * The producer configuration of the option, else of `EVENT_BUS_PRODUCER_CONFIG`: an object, JSON
 * text, or the path of a JSON file. Every problem of its shape is reported to the reader.
 */
export function readProducerConfig(option: unknown, reader: SettingReader): ProducerConfig {
  const value = option ?? reader.setting(PRODUCER_CONFIG);
  if (value === undefined || value === '') return {};
  const parsed = typeof value === 'string' ? parse(value, reader) : value;
  if (parsed === undefined) return {};
  const problems = producerConfigProblems(parsed, PRODUCER_CONFIG);
  reader.problems.push(...problems);
  return problems.length ? {} : (parsed as ProducerConfig);
}

/** A text that only looks like a path may hold anything. */
function shownPath(path: string): string {
  return /^[\w./\\-]{1,255}$/.test(path) ? path : 'the file';
}

function parse(text: string, reader: SettingReader): unknown {
  const trimmed = text.trim();
  const path = trimmed.startsWith('@')
    ? trimmed.slice(1)
    : trimmed.endsWith('.json')
      ? trimmed
      : undefined;
  let json = trimmed;
  if (path !== undefined) {
    try {
      json = readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? 'unknown';
      reader.refuse(
        PRODUCER_CONFIG,
        text,
        `${ALLOWED} (reading ${shownPath(path)} failed: ${reason})`,
      );
      return undefined;
    }
  }
  try {
    return JSON.parse(json) as unknown;
  } catch {
    reader.refuse(PRODUCER_CONFIG, text, `${ALLOWED} (this is not JSON)`);
    return undefined;
  }
}
