import { readFileSync } from 'node:fs';

const { $schema: _, ...swcrc } = JSON.parse(
  readFileSync(new URL('.swcrc', import.meta.url), 'utf8'),
);

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  moduleNameMapper: {
    '^nestjs-openedx-event-bus$': '<rootDir>/lib/index.ts',
    '^nestjs-openedx-event-bus/redis$': '<rootDir>/lib/transport/redis/index.ts',
    '^nestjs-openedx-event-bus/testing$': '<rootDir>/lib/testing/index.ts',
  },
  roots: ['<rootDir>/test'],
  testRegex: String.raw`\.spec\.ts$`,
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  extensionsToTreatAsEsm: ['.ts'],
  resolver: '<rootDir>/jest.resolver.cjs',
  transform: { '^.+\\.ts$': ['@swc/jest', { ...swcrc, sourceMaps: 'inline' }] },
  setupFiles: ['reflect-metadata'],
  workerIdleMemoryLimit: '512MB',
  coverageProvider: 'babel',
  collectCoverageFrom: ['lib/**/*.ts'],
  coverageReporters: ['text-summary', 'lcov', 'json-summary'],
  reporters: ['default', '<rootDir>/test/support/ci-reporter.mjs'],
};
