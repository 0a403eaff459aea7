import { KAFKA_CHECKS } from './kafka-checks.js';
import { REDIS_CHECKS } from './redis-checks.js';
import type { SettingReader } from './setting-reader.js';

/** What is allowed instead of the value (undefined: not set), where it is not fine. */
export type SettingCheck = (
  value: unknown,
  setting: (name: string) => unknown,
) => string | undefined;

/**
 * Settings that a transport reads and checks itself. They are looked at here too, by the same rules,
 * so that one error at start lists them beside all others.
 */
const OF_TRANSPORT: Readonly<Record<string, Readonly<Record<string, SettingCheck>>>> = {
  kafka: KAFKA_CHECKS,
  redis: REDIS_CHECKS,
};

/** Checks the settings of a transport that was chosen by name, and so is made from settings alone. */
export function checkTransportSettings(transport: string, reader: SettingReader): void {
  for (const [name, check] of Object.entries(OF_TRANSPORT[transport] ?? {})) {
    const value = reader.setting(name) ?? undefined;
    const allowed = check(value, reader.setting);
    if (allowed !== undefined) reader.refuse(name, value, allowed);
  }
}
