import { Logger, Module, type ModuleMetadata } from '@nestjs/common';
import {
  DiscoveryModule,
  DiscoveryService,
  ExternalContextCreator,
  ModulesContainer,
} from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { isObservable } from 'rxjs';
import {
  type EventContextFields,
  OpenEdxEventContext,
} from '../../../lib/consuming/handlers/event-context.js';
import {
  type FoundHandler,
  HandlerExplorer,
} from '../../../lib/consuming/handlers/handler-explorer.js';
import { HandlerInvoker } from '../../../lib/consuming/handlers/handler-invoker.js';
import { lastOf } from '../../../lib/consuming/handlers/handler-result.js';

export const TYPE = 'org.openedx.learning.course.enrollment.created.v1';

/** The context of an event that came from nowhere. */
export function eventContext(fields: Partial<EventContextFields> = {}): OpenEdxEventContext {
  return new OpenEdxEventContext({
    bus: 'default',
    group: 'tests',
    type: TYPE,
    topic: 'enrolments',
    position: { topic: 'enrolments', partition: '0', offset: '7' },
    metadata: {
      type: TYPE,
      id: '5f2b6b1e-6b0b-11ee-8c99-0242ac120002',
      minorversion: 0,
      source: 'openedx/test/web',
      sourcehost: 'test',
      time: '2024-01-01T00:00:00+00:00',
      sourcelib: [11, 2, 0],
    },
    key: null,
    attempt: 1,
    signal: new AbortController().signal,
    writerRelease: null,
    record: { topic: 'enrolments', key: null, attributes: [], value: null },
    warnings: [],
    ...fields,
  });
}

/** A Nest application whose handlers are found and called as the library does, without a bus. */
export class HandlerHarness {
  readonly warnings: string[] = [];
  found: readonly FoundHandler[] = [];
  private invoker!: HandlerInvoker;
  private stop!: () => Promise<void>;

  static async of(
    metadata: ModuleMetadata,
    options: { globalEnhancers?: boolean; providers?: ModuleMetadata['providers'] } = {},
  ): Promise<HandlerHarness> {
    @Module({ ...metadata, imports: [...(metadata.imports ?? []), DiscoveryModule] })
    class RootModule {}
    const moduleRef = await Test.createTestingModule({ imports: [RootModule] }).compile();
    const app = await moduleRef.createNestApplication({ logger: false }).init();
    const harness = new HandlerHarness();
    const logger = {
      log: () => undefined,
      error: (line: string) => new Logger('EventBus').error(line),
      debug: () => undefined,
      warn: (line: string) => void harness.warnings.push(line),
    };
    harness.found = new HandlerExplorer(
      app.get(DiscoveryService, { strict: false }),
      logger,
    ).explore();
    harness.invoker = new HandlerInvoker(
      app.get(ExternalContextCreator, { strict: false }),
      app.get(ModulesContainer, { strict: false }),
      { globalEnhancers: options.globalEnhancers ?? true, logger },
    );
    harness.stop = () => app.close();
    return harness;
  }

  get names(): string[] {
    return this.found.map(({ name }) => name);
  }

  /** Calls one handler, by `Class.method` where there are several. */
  async call(data: unknown, name?: string, context = eventContext()): Promise<void> {
    const handler = this.found.find((one) => name === undefined || one.name === name);
    if (!handler) throw new Error(`no handler ${name ?? ''} among ${this.names.join()}`);
    const pipeline = this.invoker.invokerOf(handler.host, handler.method);
    const result = await pipeline.invoke(data, context);
    if (isObservable(result)) await lastOf(result, context.signal);
  }

  close(): Promise<void> {
    return this.stop();
  }
}
