import { ConfigurationError } from './errors/index.js';
import { readOptions } from './errors/unreadable-options.js';
import type { EventDefinition } from './events/event-definition.js';
import type { EventBusTelemetry } from './observability/event-bus-telemetry.js';
import type { SendFailureHook } from './producing/send-failure.interface.js';
import type { EventBusSettingsOptions } from './settings/settings-options.js';
import type { TransportLogger } from './transport/wire-format.interface.js';

/** What `EventBusModule.forRoot` takes: the settings of the bus and what plugs into it. */
export interface EventBusOptions extends EventBusSettingsOptions {
  /** Name of a second bus; leave out for the default one. */
  readonly name?: string | undefined;
  /** Events of your own, beside those of Open edX. */
  readonly events?: readonly EventDefinition[] | undefined;
  /** Told of every prepared event that was not confirmed, so that nothing is lost silently. */
  readonly onSendFailure?: SendFailureHook | undefined;
  /** Default: no telemetry. */
  readonly telemetry?: EventBusTelemetry | undefined;
  /** Default: Nest's logger. */
  readonly logger?: TransportLogger | undefined;
}

/**
 * The options as a bus keeps them: no print shows the literal settings, which may have passwords in them.
 * Throws ConfigurationError where they are no options, or cannot be read.
 */
export function keptOptions(options: EventBusOptions): EventBusOptions {
  const setting = 'options of the event bus';
  if (typeof options !== 'object' || options === null)
    throw new ConfigurationError([
      { setting, found: options === null ? 'null' : typeof options, allowed: 'an object' },
    ]);
  return readOptions(setting, () => {
    if (!options.settings) return options;
    const { settings, ...others } = options;
    return Object.defineProperty(others, 'settings', { get: () => settings });
  });
}
