import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const swcrc = JSON.parse(readFileSync(new URL('.swcrc', import.meta.url), 'utf8'));
delete swcrc.$schema;

const { exports: subPaths, name } = JSON.parse(
  readFileSync(new URL('package.json', import.meta.url), 'utf8'),
);
/** The entry points of the package, mapped to their sources. */
export const entryPoints = Object.fromEntries(
  Object.entries(subPaths).flatMap(([path, { types }]) =>
    types
      ? [
          [
            `^${name}${path.slice(1)}$`,
            types.replace(/^\.\/dist\/(.*)\.d\.ts$/, '<rootDir>/lib/$1.ts'),
          ],
        ]
      : [],
  ),
);

const common = {
  testEnvironment: 'node',
  moduleNameMapper: entryPoints,
  roots: ['<rootDir>/test'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  extensionsToTreatAsEsm: ['.ts'],
  resolver: '<rootDir>/jest.resolver.cjs',
  transform: { '^.+\\.ts$': ['@swc/jest', { ...swcrc, sourceMaps: 'inline' }] },
  setupFiles: ['reflect-metadata'],
};

// What needs a real Redis or the real Python packages.
const needsServices = [
  'applications/',
  'interop/',
  'redis/',
  'faults/',
  'cli/',
  'services/',
  'conformance/redis',
  'examples/',
  'vectors/negative',
].map((path) => `/test/${path}`);

// What needs no service but time: many examples, processes of its own, the compiler, clocks that cannot be set.
const needsTime = [
  'thorough/',
  'conformance/memory',
  'documentation/',
  'fuzz/',
  'model/',
  'shutdown/',
  'types/',
].map((path) => `/test/${path}`);

// What needs a real Kafka and schema registry, besides.
const needsKafka = [
  'kafka/',
  'cli/kafka',
  'conformance/kafka',
  'examples/kafka',
  'faults/kafka',
  'interop/kafka',
  'services/(java|kafka|registry)',
  'vectors/negative-kafka',
].map((path) => `/test/${path}`);

/** @type {import('jest').Config} */
export default {
  projects: [
    {
      ...common,
      displayName: 'unit',
      testRegex: String.raw`\.spec\.ts$`,
      setupFilesAfterEnv: ['<rootDir>/test/support/time-limit.mjs'],
      testPathIgnorePatterns: [
        '/node_modules/',
        ...[...needsServices, ...needsKafka, ...needsTime].map((path) => `<rootDir>${path}`),
      ],
    },
    {
      ...common,
      displayName: 'thorough',
      testRegex: needsTime.map((path) => String.raw`${path}.*\.spec\.ts$`),
      setupFilesAfterEnv: ['<rootDir>/test/support/time-limit.mjs'],
    },
    {
      ...common,
      displayName: 'services',
      testRegex: needsServices.map((path) => String.raw`${path}.*\.spec\.ts$`),
      testPathIgnorePatterns: ['/node_modules/', ...needsKafka.map((path) => `<rootDir>${path}`)],
      setupFilesAfterEnv: ['<rootDir>/test/support/time-limit.mjs'],
      globalSetup: '<rootDir>/test/services/global-setup.mjs',
      globalTeardown: '<rootDir>/test/services/global-teardown.mjs',
    },
    {
      ...common,
      displayName: 'kafka',
      testRegex: needsKafka.map((path) => String.raw`${path}.*\.spec\.ts$`),
      setupFilesAfterEnv: ['<rootDir>/test/support/time-limit.mjs'],
      globalSetup: '<rootDir>/test/services/kafka-global-setup.mjs',
      globalTeardown: '<rootDir>/test/services/kafka-global-teardown.mjs',
    },
  ],
  // Most tests wait for services: two files side by side also fill a machine of one processor.
  maxWorkers: Math.min(4, Math.max(2, availableParallelism())),
  workerIdleMemoryLimit: '512MB',
  coverageProvider: 'babel',
  collectCoverageFrom: ['lib/**/*.ts'],
  coverageReporters: ['text-summary', 'lcov', 'json-summary'],
  reporters: ['default', '<rootDir>/test/support/ci-reporter.mjs'],
};
