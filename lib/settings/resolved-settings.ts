import type { TransportFactory } from '../transport/wire-format.interface.js';
import type { EventBusSettings } from './event-bus-settings.js';
import type { TransportName } from './settings-options.js';

/** The settings of a bus, complete, with the transport that was chosen. */
export interface ResolvedSettings extends EventBusSettings {
  /** A factory as it was given, or the name of a transport that the loader must load. */
  readonly transport: TransportFactory | TransportName;
  /** The raw value of a setting, for the transport: `settings`, `@nestjs/config`, the environment. */
  readonly setting: (name: string) => unknown;
}
