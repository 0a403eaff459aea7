// Reaches inside Nest (11.0.1, 11.2.10 and 12.5.1): looks for everything there that this package relies on. Who relies on
// it says so in the same words.
import { UseFilters, UseGuards, UseInterceptors, UsePipes } from '@nestjs/common';
import {
  ExternalContextCreator,
  type ModuleRef,
  type ModulesContainer,
  NestApplicationContext,
} from '@nestjs/core';
import { Ctx, Payload, Server } from '@nestjs/microservices';
import { ConfigurationError } from '../errors/index.js';
import {
  CONTEXT_ARGUMENT,
  FILTERS,
  GUARDS,
  INTERCEPTORS,
  markEntryPoint,
  PAYLOAD_ARGUMENT,
  PIPES,
  ROUTE_ARGUMENTS,
} from './metadata-keys.js';

/** The releases of Nest inside which this package reaches and with which it is tested. */
export const TESTED_NEST = ['11.0.1', '11.2.10', '12.5.1'] as const;

/** With such a Nest enhancers would be left out, or the start and the end of consuming be misplaced, and nobody would see it. */
export function missingInternals(names: readonly string[]): ConfigurationError {
  const found = `a version without ${names.join(', ')}`;
  const allowed = `a version whose internals this package supports, such as ${TESTED_NEST.join(', ')}`;
  return new ConfigurationError([{ setting: '@nestjs/core', found, allowed }]);
}

/** What Nest gives a module of the application. */
export interface ApplicationParts {
  readonly creator: ExternalContextCreator;
  readonly moduleRef: ModuleRef;
  readonly modules: ModulesContainer;
}

const installed = {
  ...{ ExternalContextCreator, NestApplicationContext, Server },
  ...{ UseFilters, UseGuards, UseInterceptors, UsePipes, Ctx, Payload },
};

/** What is taken of Nest's packages. */
export type Nest = typeof installed;

type Kind = 'function' | 'object' | 'boolean' | 'string';
type Parts = Readonly<Record<string, Kind>>;
type Inside = Readonly<Record<string, unknown>>;

const OF_CREATOR: Parts = {
  container: 'object',
  pipesConsumer: 'object',
  interceptorsConsumer: 'object',
  interceptorsContextCreator: 'object',
  filtersContextCreator: 'object',
  createGuardsFn: 'function',
  createPipesFn: 'function',
  getContextModuleKey: 'function',
  transformToResult: 'function',
};
const OF_CONTAINER: Parts = {
  getModules: 'function',
  getHttpAdapterRef: 'function',
  applicationConfig: 'object',
};
const OF_FILTERS_CREATOR: Parts = { create: 'function', getGlobalMetadata: 'function' };
const OF_EXCEPTIONS_HANDLER: Parts = { filters: 'object', next: 'function', catch: 'function' };
const OF_APPLICATION: Parts = { close: 'function', dispose: 'function' };
const OF_MODULE: Parts = {
  providers: 'object',
  controllers: 'object',
  injectables: 'object',
  imports: 'object',
  isEntryProvider: 'function',
  getProviderByKey: 'function',
};
const OF_WRAPPER: Parts = {
  id: 'string',
  isAlias: 'boolean',
  isTransient: 'boolean',
  isNotMetatype: 'boolean',
  isDependencyTreeStatic: 'function',
  isDependencyTreeDurable: 'function',
  host: 'object',
};
const OF_SERVER: Parts = { addHandler: 'function', normalizePattern: 'function' };

/** Throws ConfigurationError, which names all that is missing or is another. */
export function requireNestInternals(app: ApplicationParts, nest: Nest = installed): void {
  const missing: string[] = [];
  // What is not there itself is missing from what has it.
  const look = (name: string, inside: unknown, parts: Parts): Inside => {
    if (typeof inside !== 'object' || inside === null) return {};
    for (const [part, kind] of Object.entries(parts)) {
      const value = (inside as Inside)[part];
      if (typeof value !== kind || value === null) missing.push(`${name}.${part}`);
    }
    return inside as Inside;
  };
  const { moduleRef, modules } = app;

  const creator = look('ExternalContextCreator', app.creator, OF_CREATOR);
  look('PipesConsumer', creator['pipesConsumer'], { apply: 'function' });
  look('InterceptorsConsumer', creator['interceptorsConsumer'], { intercept: 'function' });
  look('InterceptorsContextCreator', creator['interceptorsContextCreator'], { create: 'function' });
  const filters = look(
    'ExternalExceptionFilterContext',
    creator['filtersContextCreator'],
    OF_FILTERS_CREATOR,
  );
  // Without those of the application, which may not be made yet.
  const ofProbe = Object.create(filters, { getGlobalMetadata: { value: () => [] } }) as {
    create?(instance: object, callback: unknown, module: string): unknown;
  };
  const handler = ofProbe.create && (ofProbe.create(new Probe(), probed(), '') ?? {});
  look('ExternalExceptionsHandler', handler, OF_EXCEPTIONS_HANDLER);
  if (typeof nest.ExternalContextCreator.fromContainer !== 'function')
    missing.push('ExternalContextCreator.fromContainer');

  const { container } = moduleRef as unknown as { readonly container?: unknown };
  look('ModuleRef', moduleRef, { container: 'object' });
  look('NestContainer', container, OF_CONTAINER);
  look('NestApplicationContext', nest.NestApplicationContext.prototype, OF_APPLICATION);
  look('Server', nest.Server.prototype, OF_SERVER);

  for (const one of [...modules.values()].slice(0, 1)) {
    const module = look('Module', one, OF_MODULE);
    const isEntryProvider = module['isEntryProvider'] as ((type: object) => unknown) | undefined;
    if (isEntryProvider && isEntryProvider.call(one, Probe) !== true)
      missing.push('metadata of entry providers');
    const wrappers = module['providers'] as ReadonlyMap<unknown, unknown> | undefined;
    for (const wrapper of [...(wrappers?.values() ?? [])].slice(0, 1))
      look('InstanceWrapper', wrapper, OF_WRAPPER);
  }
  missing.push(...missingKeys(nest));
  if (missing.length) throw missingInternals(missing);
}

/** A class as applications write them, on which Nest's decorators show where they keep what they say. */
class Probe {
  probed(): void {}
}
markEntryPoint(Probe.prototype);

const probed = (): unknown => Reflect.get(Probe.prototype, 'probed');

function missingKeys(nest: Nest): readonly string[] {
  const missing: string[] = [];
  const handler = (): void => undefined;
  const decorators = [
    ['UseGuards', GUARDS, nest.UseGuards({ canActivate: () => true })],
    ['UseInterceptors', INTERCEPTORS, nest.UseInterceptors({ intercept: (_, n) => n.handle() })],
    ['UsePipes', PIPES, nest.UsePipes({ transform: (value: unknown) => value })],
    ['UseFilters', FILTERS, nest.UseFilters({ catch: () => undefined })],
  ] as const;
  for (const [name, key, decorate] of decorators) {
    decorate(Probe.prototype, 'probed', { value: handler });
    if (!Array.isArray(Reflect.getMetadata(key, handler))) missing.push(`metadata of @${name}`);
  }
  const parameters = [
    ['Payload', PAYLOAD_ARGUMENT, nest.Payload()],
    ['Ctx', CONTEXT_ARGUMENT, nest.Ctx()],
  ] as const;
  for (const [name, type, decorate] of parameters) {
    class Asked extends Probe {}
    decorate(Asked.prototype, 'probed', 0);
    const said: unknown = Reflect.getMetadata(ROUTE_ARGUMENTS, Asked, 'probed');
    if (!Object.hasOwn(said ?? {}, `${type}:0`)) missing.push(`metadata of @${name}`);
  }
  return missing;
}
