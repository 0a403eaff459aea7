import { shownValue } from '../../errors/outside-text.js';
import type { TransportHost } from '../wire-format.interface.js';

/** A value of a transport: its option, its setting, and the value as it may be shown where that is no plain one. */
export interface TransportValueRow {
  readonly option: string;
  readonly setting?: string | undefined;
  readonly value: unknown;
  /** Of a value that is known to be no secret, or that was made fit to be shown. */
  readonly shown?: string | undefined;
}

/** Tells the host of the values of a transport, and whether each is from `options`, from a setting or the default. */
export function tellValues(
  name: string,
  options: object,
  rows: readonly TransportValueRow[],
  { onResolved, setting: settingOf }: Pick<TransportHost, 'onResolved' | 'setting'>,
): void {
  if (!onResolved) return;
  for (const { option, setting, value, shown } of rows) {
    const inSetting = setting === undefined ? undefined : settingOf(setting);
    const isSet = inSetting !== undefined && inSetting !== null && inSetting !== '';
    onResolved({
      option: `${name} ${option}`,
      ...(setting === undefined ? {} : { setting }),
      shown: shown ?? shownPlainly(option, value),
      from: isGiven(options, option) ? 'option' : isSet ? 'setting' : 'default',
    });
  }
}

function shownPlainly(option: string, value: unknown): string {
  if (value === undefined || value === Infinity) return 'not set';
  return shownValue(option, value).replace(/^'(.*)'$/s, '$1');
}

/** `option` may be the path of one in another. */
function isGiven(options: object, option: string): boolean {
  let value: unknown = options;
  for (const step of option.split('.'))
    value =
      typeof value === 'object' && value !== null
        ? (value as Readonly<Record<string, unknown>>)[step]
        : undefined;
  return value !== undefined && value !== null;
}
