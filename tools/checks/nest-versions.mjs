// Types and Nest tests on every Nest under test/nest-versions: each gets a copy of the sources beside
// its own node_modules in .cache, so that no module of the newest Nest can be resolved by accident.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { entryPoints } from '../../jest.config.mjs';

const root = join(import.meta.dirname, '..', '..');
const versions = join(root, 'test', 'nest-versions');
const copied = ['lib', 'test/nest', 'test/support', 'tsconfig.json', '.swcrc', 'jest.resolver.cjs'];
const jestBin = join(root, 'node_modules', 'jest', 'bin', 'jest.js');

const jestConfig = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test/nest'],
  testRegex: String.raw`\.spec\.ts$`,
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  extensionsToTreatAsEsm: ['.ts'],
  resolver: '<rootDir>/jest.resolver.cjs',
  setupFiles: ['reflect-metadata'],
  workerIdleMemoryLimit: '512MB',
  testTimeout: 60_000,
  moduleNameMapper: entryPoints,
};

for (const version of readdirSync(versions)) {
  const home = join(root, '.cache', `nest-${version}`);
  mkdirSync(home, { recursive: true });
  install(version, home);
  for (const path of copied) {
    rmSync(join(home, path), { recursive: true, force: true });
    cpSync(join(root, path), join(home, path), { recursive: true });
  }
  const swcrc = JSON.parse(readFileSync(join(root, '.swcrc'), 'utf8'));
  delete swcrc.$schema;
  const transform = { '^.+\\.ts$': ['@swc/jest', { ...swcrc, sourceMaps: 'inline' }] };
  writeFileSync(join(home, 'jest.config.json'), JSON.stringify({ ...jestConfig, transform }));
  const own = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  writeFileSync(
    join(home, 'tsconfig.json'),
    JSON.stringify({ ...own, include: ['lib', 'test/nest', 'test/support'] }),
  );
  console.log(`Nest ${version}: types`);
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', home], home);
  console.log(`Nest ${version}: test/nest`);
  run(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      jestBin,
      '--config',
      join(home, 'jest.config.json'),
    ],
    home,
  );
}

function install(version, home) {
  const lock = readFileSync(join(versions, version, 'package-lock.json'), 'utf8');
  const stamp = join(home, 'installed');
  const hash = createHash('sha256').update(lock).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  for (const file of ['package.json', 'package-lock.json'])
    cpSync(join(versions, version, file), join(home, file));
  run('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline', '--fetch-retries=5'], home);
  const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  writeFileSync(join(home, 'package.json'), JSON.stringify({ ...manifest, type: 'module' }));
  writeFileSync(stamp, hash);
}

function run(command, args, cwd) {
  const { status } = spawnSync(command, args, { cwd, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
