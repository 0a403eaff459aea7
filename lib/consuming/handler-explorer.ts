import type { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { TransportLogger } from '../transport/wire-format.interface.js';
import { declarationsOf, type HandlerDeclaration } from './handler-declaration.js';
import type { InstanceWrapper } from './handler-invoker.js';

/** A method with `@OnOpenEdxEvent` on a provider or controller of the application. */
export interface FoundHandler {
  readonly host: InstanceWrapper;
  readonly method: string;
  /** `Class.method`. */
  readonly name: string;
  readonly declarations: readonly HandlerDeclaration[];
}

/** Finds the handlers of an application, for all of its buses. */
export class HandlerExplorer {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly logger: TransportLogger,
  ) {}

  /**
   * Every handler method once, inherited ones too. A class that several modules list is taken from
   * the first of them, and a warning names both.
   */
  explore(): readonly FoundHandler[] {
    const found = new Map<object, readonly FoundHandler[]>();
    for (const host of [...this.discovery.getProviders(), ...this.discovery.getControllers()]) {
      const prototype = host.isAlias ? undefined : prototypeOf(host);
      if (!prototype) continue;
      const first = found.get(prototype);
      if (first) this.warnOfSecond(first, host);
      else found.set(prototype, this.handlersOf(host, prototype));
    }
    return [...found.values()].flat();
  }

  private handlersOf(host: InstanceWrapper, prototype: object): readonly FoundHandler[] {
    const methods = prototype as Record<string, object>;
    return this.scanner
      .getAllMethodNames(prototype)
      .map((method) => ({
        host,
        method,
        name: `${prototype.constructor.name}.${method}`,
        declarations: declarationsOf(methods[method]!),
      }))
      .filter(({ declarations }) => declarations.length);
  }

  private warnOfSecond(first: readonly FoundHandler[], second: InstanceWrapper): void {
    const { host } = first[0] ?? {};
    if (!host || (host.instance && host.instance === second.instance)) return;
    const names = first.map(({ name }) => name).join(', ');
    this.logger.warn(
      `${names}: the class is listed in ${placeOf(host)} and in ${placeOf(second)}; its handlers run once, in the first`,
    );
  }
}

function placeOf(host: InstanceWrapper): string {
  const as = host.host?.controllers.get(host.token) === host ? 'controllers' : 'providers';
  return `${host.host?.name ?? 'an unknown module'} (${as})`;
}

/** A factory or value provider is known by the object it gave; getters of the object are not called. */
function prototypeOf(host: InstanceWrapper): object | undefined {
  const byClass = host.metatype && !host.inject && !host.isNotMetatype;
  if (byClass) return (host.metatype as { prototype?: object }).prototype;
  const instance: unknown = host.instance;
  if (typeof instance !== 'object' || instance === null) return undefined;
  const prototype = Object.getPrototypeOf(instance) as object | null;
  return prototype && prototype !== Object.prototype ? prototype : undefined;
}
