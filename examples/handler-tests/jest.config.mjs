const decorators = { legacyDecorator: true, decoratorMetadata: true };

/** @type {import('jest').Config} */
export default {
  testRegex: String.raw`\.spec\.ts$`,
  roots: ['<rootDir>/src'],
  extensionsToTreatAsEsm: ['.ts'],
  // './onboarding.js' means './onboarding.ts' in our sources.
  moduleNameMapper: { '^(\\./.*)\\.js$': '$1' },
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        module: { type: 'es6' },
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: decorators,
        },
      },
    ],
  },
  setupFiles: ['reflect-metadata'],
};
