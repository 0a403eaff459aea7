export type { EventBusSettings, RetrySettings } from './event-bus-settings.js';
export type { ResolvedSettings } from './resolved-settings.js';
export type { SettingSources } from './setting-sources.js';
export type { EventBusSettingsOptions, TransportName } from './settings-options.js';
export { resolveSettings } from './resolve-settings.js';
