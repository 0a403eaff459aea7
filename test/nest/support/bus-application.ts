import { Module, type ModuleMetadata } from '@nestjs/common';
import { EventBusModule } from '../../../lib/event-bus.module.js';
import type { EventBusOptions } from '../../../lib/event-bus.options.js';
import { defineEvent } from '../../../lib/events/event-definition.js';
import { long } from '../../../lib/events/fields.js';
import { memoryTransport } from '../../../lib/transport/memory/index.js';

/** An event of the tests: one number. */
export const COUNTED = defineEvent({ type: 'org.example.tests.counted.v1', data: { n: long() } });

/** A logger that keeps its lines, so that tests can look at them and the console stays quiet. */
export class KeptLog {
  readonly lines: string[] = [];
  private readonly keep = (level: string) => (message: string) =>
    void this.lines.push(`${level} ${message}`);
  readonly log = this.keep('log');
  readonly warn = this.keep('warn');
  readonly error = this.keep('error');
  readonly debug = this.keep('debug');

  matching(part: string): string[] {
    return this.lines.filter((line) => line.includes(part));
  }
}

export function busOptions(options: EventBusOptions = {}): EventBusOptions {
  return {
    transport: memoryTransport(),
    group: 'tests',
    events: [COUNTED],
    logger: new KeptLog(),
    producerConfig: {
      [COUNTED.type]: { counted: { event_key_field: 'n', enabled: true } },
    },
    retry: { delayMs: 1 },
    ...options,
  };
}

/** A root module of an application with a bus, imported before everything else. */
export function rootModule(
  metadata: ModuleMetadata,
  bus = EventBusModule.forRoot(busOptions()),
): new () => object {
  @Module({ ...metadata, imports: [bus, ...(metadata.imports ?? [])] })
  class RootModule {}
  return RootModule;
}
