import { AsyncLocalStorage } from 'node:async_hooks';
import { shownValue } from '../errors/outside-text.js';
import type { SettingSources } from './setting-reader.js';

/** Where a value was found: `setting` names the source that has it. */
export type ValueOrigin =
  'option' | 'settings of forRoot' | '@nestjs/config' | 'environment' | 'default';

/** A value that a bus or its transport works with, and where it was found. */
export interface ResolvedValue {
  /** `connectTimeout`, `redisTransport url`; for what has no option the name of its setting. */
  readonly option: string;
  /** Its `EVENT_BUS_*` name, where it has one. */
  readonly setting?: string | undefined;
  /** As a message may show it: nothing of a secret. */
  readonly shown: string;
  readonly from: ValueOrigin;
}

/** Told of each value of a bus, in the order in which they are read. */
export type ValueListener = (bus: string, value: ResolvedValue) => void;

const listening = new AsyncLocalStorage<ValueListener>();

/** Buses that are configured inside `run`, by Nest too, tell `listener` of each value. */
export function listeningToValues<T>(listener: ValueListener, run: () => T): T {
  return listening.run(listener, run);
}

export function valueListener(): ValueListener | undefined {
  return listening.getStore();
}

/** The source that has a setting: the one of which `settingLookup` gives the value. */
export function originOf(
  name: string,
  { literal, config, env }: SettingSources,
): Exclude<ValueOrigin, 'option'> {
  if (literal && Object.hasOwn(literal, name) && isGiven(literal[name]))
    return 'settings of forRoot';
  if (isGiven(config?.get(name)))
    return config?.get(name) === env[name] ? 'environment' : '@nestjs/config';
  return isGiven(env[name]) ? 'environment' : 'default';
}

/** An empty text means the default. */
const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

/** A value that may be a secret. */
export function shownSafely(name: string, value: unknown): string {
  return isGiven(value) ? shownValue(name, value).replace(/^'(.*)'$/s, '$1') : 'not set';
}
