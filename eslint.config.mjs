import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import importX from 'eslint-plugin-import-x';
import { createNodeResolver } from 'eslint-plugin-import-x';
import globals from 'globals';
import tseslint from 'typescript-eslint';

// Direction of imports (docs/architecture.md): a room may import only from the rooms named for it, and from `common`.
const rooms = {
  common: [],
  errors: [],
  'nest-internals': ['errors'],
  events: ['errors'],
  transport: ['errors', 'events'],
  codec: ['errors', 'events'],
  schema: ['events', 'codec'],
  observability: ['errors'],
  telemetry: ['observability'],
  opentelemetry: ['observability'],
  settings: ['errors', 'events', 'producing', 'transport'],
  producing: ['errors', 'events', 'codec', 'transport', 'observability', 'settings'],
  consuming: [
    'errors',
    'events',
    'codec',
    'transport',
    'observability',
    'settings',
    'nest-internals',
  ],
  lifecycle: ['errors', 'events', 'transport', 'settings', 'producing', 'consuming'],
  decorators: [
    'errors',
    'events',
    'settings',
    'consuming',
    'nest-internals',
    'event-bus.constants.ts',
  ],
};
const every = [
  'common',
  'errors',
  'nest-internals',
  'events',
  'transport',
  'codec',
  'schema',
  'dead-letters',
  'idempotency',
  'health',
  'terminus',
  'observability',
  'telemetry',
  'opentelemetry',
  'settings',
  'producing',
  'consuming',
  'lifecycle',
  'decorators',
  'microservice',
  'cli',
  'testing',
];
const zones = Object.entries(rooms).map(([room, allowed]) => ({
  target: `./lib/${room}`,
  from: './lib',
  except: [...new Set([room, 'common', ...allowed])].map((name) => `./${name}`),
}));
// A transport's room is reached through its sub-path or the lazy loader only.
zones.push({
  target: every.filter((r) => r !== 'transport' && r !== 'testing').map((r) => `./lib/${r}`),
  from: './lib/transport',
  except: [
    './transport.interface.ts',
    './dead-letter-store.interface.ts',
    './later-retries.interface.ts',
    './idempotency-store.interface.ts',
    './record.interface.ts',
    './wire-format.interface.ts',
    './topic-prefix.ts',
    './transport-loader.ts',
    './wire',
    './memory',
  ],
});

export default defineConfig([
  globalIgnores([
    '**/dist/**',
    'coverage/**',
    '.cache/**',
    'docs/**',
    '**/*.cjs',
    'test/types/cases/**',
    'test/applications/*/src/**',
    'tools/checks/types-user.ts',
    'api/entry-points.d.ts',
  ]),
  js.configs.recommended,
  { files: ['**/*.mjs'], languageOptions: { globals: globals.node } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver-next': [
        createNodeResolver({
          extensions: ['.ts', '.js', '.mjs'],
          extensionAlias: { '.js': ['.ts', '.js'] },
        }),
      ],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/extensions': ['.ts', '.js'],
    },
    languageOptions: {
      globals: globals.node,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'always' }],
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': ['error', { basePath: import.meta.dirname, zones }],
      'max-lines': ['error', { max: 500 }],
    },
  },
  {
    files: ['lib/**/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'Date',
          property: 'now',
          message:
            'Use `monotonicNow` for what is measured and `systemNow` for what is shown, sent or compared with a broker.',
        },
      ],
    },
  },
  {
    files: ['lib/events/catalog/**'],
    rules: { 'max-lines': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
]);
