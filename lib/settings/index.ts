export type { EventBusSettings, RetrySettings } from './event-bus-settings.js';
export type { ResolvedSettings } from './event-bus-settings.js';
export type { SettingSources } from './setting-reader.js';
export type { EventBusSettingsOptions, TransportName } from './event-bus-settings.js';
export { resolveSettings } from './resolve-settings.js';
