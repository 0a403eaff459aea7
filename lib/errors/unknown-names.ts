import { didYouMean, nearMatches } from '../common/names.js';
import type { ConfigurationProblem } from './configuration.errors.js';
import { shownName } from './outside-text.js';

/**
 * A problem for each option that is set, is not a known one and has a name like one: a misspelt option would silently have no
 * effect. `setting` gives the name of an option in a message.
 */
export function misspeltOptions(
  options: object,
  known: readonly string[],
  setting = (name: string): string => name,
): ConfigurationProblem[] {
  return Object.entries(options)
    .filter(([name, value]) => value !== undefined && isMisspelt(name, known))
    .map(([name]) => ({
      setting: setting(shownName(name)),
      // Without the value: it may be a password.
      found: 'an option that does not exist',
      allowed: `a known option${didYouMean(name, known)}`,
    }));
}

/** Expected of an option that a transport sets itself. */
export const SET_BY_TRANSPORT = 'this option not to be set, because the transport sets it';

/** The most letters that a name of a setting may differ in: names of several transports are like each other. */
const MOST_LETTERS = 2;

/** A sentence for each `EVENT_BUS_*` name that is set, was not read and is like one that was. */
export function misspeltSettings(given: Iterable<string>, read: ReadonlySet<string>): string[] {
  const names = [...read];
  return [...new Set(given)]
    .filter((name) => name.startsWith('EVENT_BUS_') && isMisspelt(name, names, MOST_LETTERS))
    .map(
      (name) =>
        `${shownName(name)} is not a known setting and is ignored${didYouMean(name, names, MOST_LETTERS)}`,
    );
}

function isMisspelt(name: string, known: readonly string[], mostLetters?: number): boolean {
  return !known.includes(name) && nearMatches(name, known, mostLetters).length > 0;
}
