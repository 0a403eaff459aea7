// The packed package compiles as its users compile: pairwise over TypeScript, kinds of modules and strictness, with the
// types of the peers as they are. Complaints about anything but the package and its user are not ours.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const home = join(root, '.cache', 'types');
const user = readFileSync(join(import.meta.dirname, 'types-user.ts'), 'utf8');

const COMPILERS = ['5.7', '5.9', '6.0'];
// Nest's starter of 11 is CommonJS; Nest 12 is ES modules.
const KINDS = [
  { module: 'commonjs', nest: 11, esm: () => false },
  { module: 'node16', nest: 12, esm: () => true },
  // From 5.8 on a CommonJS file may require ES modules.
  { module: 'nodenext', nest: 12, esm: (compiler) => compiler === '5.7' },
  { module: 'bundler', nest: 12, esm: () => true },
];
const STRICTNESS = [
  { strict: true },
  { strict: true, exactOptionalPropertyTypes: true },
  { strict: false },
];

const manifest = {
  private: true,
  dependencies: {
    ...Object.fromEntries(
      COMPILERS.map((version) => [`ts-${version}`, `npm:typescript@~${version}.0`]),
    ),
    'nest-common': 'npm:@nestjs/common@11.2.10',
    'nest-core': 'npm:@nestjs/core@11.2.10',
    'nest-microservices': 'npm:@nestjs/microservices@11.2.6',
  },
};

install();
pack();
let wrong = 0;
KINDS.forEach((kind, k) => {
  COMPILERS.forEach((compiler, c) => {
    const options = STRICTNESS[(k + c) % STRICTNESS.length];
    const complaints = compile(compiler, kind, options);
    const title = `TypeScript ${compiler}, ${kind.module}, ${JSON.stringify(options)}`;
    console.log(`${complaints.length ? 'FAILED' : 'ok'}: ${title}`);
    for (const complaint of complaints.slice(0, 10)) console.error(`  ${complaint}`);
    wrong += complaints.length;
  });
});
if (wrong > 0) process.exit(1);

function compile(compiler, { module, nest, esm }, strictness) {
  const ts = createRequire(join(home, 'package.json'))(`ts-${compiler}`);
  const isModule = esm(compiler);
  const folder = join(home, `nest-${nest}`, isModule ? 'esm' : 'cjs');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, type: isModule ? 'module' : 'commonjs' }),
  );
  const file = join(folder, 'user.ts');
  writeFileSync(file, user);
  const { options, errors } = ts.convertCompilerOptionsFromJson(
    {
      ...{ target: 'ES2022', lib: ['ES2023'], types: ['node'], noEmit: true },
      ...{ experimentalDecorators: true, emitDecoratorMetadata: true, skipLibCheck: false },
      // As Nest's starter.
      ...{ strictNullChecks: strictness.strict, noImplicitAny: strictness.strict },
      ...strictness,
      module: module === 'bundler' ? 'esnext' : module,
      ...resolution(module, compiler),
    },
    folder,
  );
  const program = ts.createProgram([file], options);
  const isOurs = ({ fileName }) =>
    fileName === file || fileName.includes('/node_modules/nestjs-openedx-event-bus/');
  const diagnostics = [
    ...errors,
    ...program.getOptionsDiagnostics(),
    ...program
      .getSourceFiles()
      .filter(isOurs)
      .flatMap((source) => [
        ...program.getSyntacticDiagnostics(source),
        ...program.getSemanticDiagnostics(source),
      ]),
  ];
  return diagnostics.map(({ file: source, start, messageText }) => {
    const line = source && source.getLineAndCharacterOfPosition(start ?? 0).line + 1;
    return `${source?.fileName ?? 'options'}:${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}

/** From 6.0 on TypeScript has given up the old resolution, which CommonJS meant before. */
function resolution(module, compiler) {
  if (module === 'bundler') return { moduleResolution: 'bundler' };
  return module === 'commonjs' && compiler !== '6.0' ? { moduleResolution: 'node10' } : {};
}

/** The compilers, and the Nest of each user; other peers are those of the project. */
function install() {
  const hash = createHash('sha256').update(JSON.stringify(manifest)).digest('hex');
  const stamp = join(home, 'installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), JSON.stringify(manifest));
  execFileSync(
    'npm',
    [
      'install',
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      '--legacy-peer-deps',
      '--no-package-lock',
    ],
    { cwd: home, stdio: 'inherit' },
  );
  for (const name of ['common', 'core', 'microservices'])
    cpSync(
      join(home, 'node_modules', `nest-${name}`),
      join(home, 'nest-11', 'node_modules', '@nestjs', name),
      { recursive: true },
    );
  writeFileSync(stamp, hash);
}

/** As it is built at present. */
function pack() {
  const target = join(home, 'node_modules', 'nestjs-openedx-event-bus');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const packed = ['pack', '--ignore-scripts', '--pack-destination', home];
  execFileSync('npm', packed, { cwd: root, stdio: 'pipe' });
  const tarball = join(
    home,
    readdirSync(home).find((name) => name.endsWith('.tgz')),
  );
  execFileSync('tar', ['xzf', tarball, '--strip-components=1', '-C', target]);
  rmSync(tarball);
}
