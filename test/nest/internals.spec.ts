import * as nestCommon from '@nestjs/common';
import { type DynamicModule, Injectable, Module } from '@nestjs/common';
import {
  ExternalContextCreator,
  ModuleRef,
  ModulesContainer,
  NestApplicationContext,
  NestFactory,
} from '@nestjs/core';
import { Ctx, Payload, Server } from '@nestjs/microservices';
import { EventBusModule } from '../../lib/event-bus.module.js';
import { openBeforeOthers } from '../../lib/nest-internals/application-modules.js';
import {
  type ApplicationParts,
  type Nest,
  requireNestInternals,
} from '../../lib/nest-internals/required-internals.js';
import { memoryTransport } from '../../lib/transport/memory/index.js';

type Changing = Record<string, unknown>;

@Injectable()
class Service {}

@Module({ providers: [Service] })
class ServiceModule {}

const { UseFilters, UseGuards, UseInterceptors, UsePipes } = nestCommon;
const nest = {
  ...{ ExternalContextCreator, NestApplicationContext, Server },
  ...{ UseFilters, UseGuards, UseInterceptors, UsePipes, Ctx, Payload },
};

let parts: ApplicationParts;
let close: () => Promise<void>;

beforeAll(async () => {
  const app = await NestFactory.createApplicationContext(ServiceModule, { logger: false });
  const modules = app.get(ModulesContainer);
  const own = [...modules].filter(([, { metatype }]) => metatype === ServiceModule);
  parts = {
    creator: app.get(ExternalContextCreator),
    moduleRef: app.get(ModuleRef),
    modules: new Map(own) as ModulesContainer,
  };
  close = () => app.close();
});
afterAll(() => close());

/** The same object with other parts. */
const changed = <T>(object: T, change: Changing): T =>
  Object.create(object as object, Object.getOwnPropertyDescriptors(change)) as T;

type Lacking = [part: string, lacking: () => ApplicationParts];
const each = (
  name: string,
  parts: readonly string[],
  lacking: (part: string) => ApplicationParts,
) => parts.map((part): Lacking => [`${name}.${part}`, () => lacking(part)]);

const inside = (object: unknown, part: string) => (object as Changing)[part];

function ofCreator(part: string): ApplicationParts {
  return { ...parts, creator: changed(parts.creator, { [part]: undefined }) };
}

function ofPartOfCreator(part: string, change: Changing): ApplicationParts {
  const { creator } = parts;
  return {
    ...parts,
    creator: changed(creator, { [part]: changed(inside(creator, part), change) }),
  };
}

function ofContainer(part: string): ApplicationParts {
  const container = changed(inside(parts.moduleRef, 'container'), { [part]: undefined });
  return { ...parts, moduleRef: changed(parts.moduleRef, { container }) };
}

function ofModule(change: Changing): ApplicationParts {
  const [[key, module]] = [...parts.modules] as [[string, object]];
  return { ...parts, modules: new Map([[key, changed(module, change)]]) as ModulesContainer };
}

function ofWrapper(part: string): ApplicationParts {
  const [module] = [...parts.modules.values()];
  const [[token, wrapper]] = [...module!.providers] as [[object, object]];
  return ofModule({ providers: new Map([[token, changed(wrapper, { [part]: undefined })]]) });
}

/** A release whose decorator keeps what it says elsewhere. */
const silent = (decorator: string): Nest => ({ ...nest, [decorator]: () => () => undefined });

const withoutPart = (type: string, part: string): Nest => ({
  ...nest,
  [type]: {
    prototype: changed(
      (nest as unknown as Record<string, { prototype: object }>)[type]!.prototype,
      { [part]: undefined },
    ),
  },
});

it('the installed Nest has every part that is replaced or read', () => {
  expect(() => requireNestInternals(parts)).not.toThrow();
});

it.each<Lacking>([
  ...each(
    'ExternalContextCreator',
    [
      'container',
      'pipesConsumer',
      'interceptorsConsumer',
      'interceptorsContextCreator',
      'filtersContextCreator',
      'createGuardsFn',
      'createPipesFn',
      'getContextModuleKey',
      'transformToResult',
    ],
    ofCreator,
  ),
  ['PipesConsumer.apply', () => ofPartOfCreator('pipesConsumer', { apply: undefined })],
  [
    'InterceptorsConsumer.intercept',
    () => ofPartOfCreator('interceptorsConsumer', { intercept: undefined }),
  ],
  [
    'InterceptorsContextCreator.create',
    () => ofPartOfCreator('interceptorsContextCreator', { create: undefined }),
  ],
  [
    'ExternalExceptionFilterContext.create',
    () => ofPartOfCreator('filtersContextCreator', { create: undefined }),
  ],
  [
    'ExternalExceptionFilterContext.getGlobalMetadata',
    () => ofPartOfCreator('filtersContextCreator', { getGlobalMetadata: undefined }),
  ],
  [
    'ExternalExceptionsHandler.filters',
    () => ofPartOfCreator('filtersContextCreator', { create: () => ({ next() {}, catch() {} }) }),
  ],
  [
    'ModuleRef.container',
    () => ({ ...parts, moduleRef: changed(parts.moduleRef, { container: undefined }) }),
  ],
  ...each('NestContainer', ['getModules', 'getHttpAdapterRef', 'applicationConfig'], ofContainer),
  ...each(
    'Module',
    ['providers', 'controllers', 'injectables', 'imports', 'isEntryProvider', 'getProviderByKey'],
    (part) => ofModule({ [part]: undefined }),
  ),
  ['metadata of entry providers', () => ofModule({ isEntryProvider: () => false })],
  ...each(
    'InstanceWrapper',
    [
      'id',
      'isAlias',
      'isTransient',
      'isNotMetatype',
      'isDependencyTreeStatic',
      'isDependencyTreeDurable',
      'host',
    ],
    ofWrapper,
  ),
])('an application without %s is refused by that name', (part, lacking) => {
  expectRefused(part, () => requireNestInternals(lacking(), nest));
});

it.each<[string, () => Nest]>([
  [
    'ExternalContextCreator.fromContainer',
    () => ({ ...nest, ExternalContextCreator: {} as typeof ExternalContextCreator }),
  ],
  ['NestApplicationContext.dispose', () => withoutPart('NestApplicationContext', 'dispose')],
  ['NestApplicationContext.close', () => withoutPart('NestApplicationContext', 'close')],
  ['Server.addHandler', () => withoutPart('Server', 'addHandler')],
  ['Server.normalizePattern', () => withoutPart('Server', 'normalizePattern')],
  ...['UseGuards', 'UseInterceptors', 'UsePipes', 'UseFilters', 'Payload', 'Ctx'].map(
    (decorator) => [`metadata of @${decorator}`, () => silent(decorator)] as [string, () => Nest],
  ),
])('a Nest without %s is refused by that name', (part, lacking) => {
  expectRefused(part, () => requireNestInternals(parts, lacking()));
});

it('a Nest whose modules have no distance is refused by that name', () => {
  const modules = new Map([['one', { metatype: ServiceModule }]]) as unknown as ModulesContainer;
  expectRefused('Module.distance', () => openBeforeOthers(modules, ServiceModule));
});

it('names everything that is missing at once', () => {
  expectRefused('ExternalContextCreator.createPipesFn, metadata of @UsePipes', () =>
    requireNestInternals(ofCreator('createPipesFn'), silent('UsePipes')),
  );
});

it('an application on a Nest without one of the parts does not start', async () => {
  const bus: DynamicModule = EventBusModule.forRoot({ transport: memoryTransport(), group: 'g' });
  const { prototype } = ExternalContextCreator as unknown as { prototype: Changing };
  const { createPipesFn } = prototype;
  prototype['createPipesFn'] = undefined;
  try {
    await expect(
      NestFactory.createApplicationContext(bus, { logger: false, abortOnError: false }),
    ).rejects.toMatchObject({
      code: 'CONFIGURATION',
      problems: [{ found: 'a version without ExternalContextCreator.createPipesFn' }],
    });
  } finally {
    prototype['createPipesFn'] = createPipesFn;
  }
});

function expectRefused(part: string, look: () => void): void {
  let error: unknown;
  try {
    look();
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({
    code: 'CONFIGURATION',
    problems: [
      {
        setting: '@nestjs/core',
        found: `a version without ${part}`,
        allowed: expect.stringContaining('11.0.1'),
      },
    ],
  });
}
