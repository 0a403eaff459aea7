import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { missingForRelease } from '../../tools/checks/release.mjs';
import { released } from '../../tools/release/changelog.mjs';

const root = join(import.meta.dirname, '..', '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const manifest = JSON.parse(read('package.json'));
const scripts = Object.keys(manifest.scripts);

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

const workflows = readdirSync(join(root, '.github/workflows'));
const stepsOf = (file: string): Step[] => {
  const { jobs } = parse(read(`.github/workflows/${file}`));
  return Object.values<{ steps: Step[] }>(jobs).flatMap(({ steps }) => steps);
};

/** Scripts and files of the project that the lines of a shell name. */
function missingIn(shell: string): string[] {
  const named = [...shell.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name!);
  const files = [...shell.matchAll(/(?:^|\s)((?:\.ci|tools|test|bench)\/[\w./-]+)/g)];
  return [
    ...named.filter((name) => !scripts.includes(name)),
    ...files.map(([, file]) => file!).filter((file) => !existsSync(join(root, file))),
  ];
}

describe('the workflows', () => {
  it('are those of changes and of releases', () => {
    expect(workflows).toEqual(['ci.yml', 'release.yml']);
  });

  it.each(workflows)('%s: names only scripts that exist', (file) => {
    const shell = stepsOf(file).flatMap((step) => [
      step.run,
      ...[step.with?.['version'], step.with?.['publish']],
    ]);
    const lines = shell.filter((line): line is string => typeof line === 'string');
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.flatMap(missingIn)).toEqual([]);
  });

  it.each(workflows)(
    '%s: pins each action to a commit, and says of which version it is',
    (file) => {
      const pinned = read(`.github/workflows/${file}`)
        .split('\n')
        .filter((line) => /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line));
      expect(pinned).toHaveLength(stepsOf(file).filter(({ uses }) => uses !== undefined).length);
    },
  );

  it('run on each Node with each Nest', () => {
    const { jobs } = parse(read('.github/workflows/ci.yml'));
    expect(jobs.versions.strategy.matrix).toEqual({
      node: ['20.19', '22', '24'],
      nest: ['11', '12'],
    });
    expect(manifest.engines.node).toBe('>=20.19.0');
    expect(manifest.peerDependencies['@nestjs/core']).toBe('^11.0.0 || ^12.0.0');
  });

  it('the release may write a statement of provenance, and asks for one', () => {
    const { jobs } = parse(read('.github/workflows/release.yml'));
    expect(jobs.release.permissions['id-token']).toBe('write');
    expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true });
  });
});

it('the forms of issues have a name, a description and labelled fields', () => {
  for (const file of ['bug.yml', 'feature.yml']) {
    const { name, description, body } = parse(read(`.github/ISSUE_TEMPLATE/${file}`));
    expect([name, description].every((text) => typeof text === 'string' && text !== '')).toBe(true);
    const fields = body.filter(({ type }: { type: string }) => type !== 'markdown');
    expect(fields.length).toBeGreaterThan(3);
    for (const { id, attributes } of fields)
      expect(`${id}: ${attributes.label}`).toMatch(/^\w+: \w/);
  }
});

it('the configurations of a debugger start programs and tasks that exist', () => {
  const { configurations } = JSON.parse(read('.vscode/launch.json'));
  const { tasks } = JSON.parse(read('.vscode/tasks.json'));
  const labels = tasks.map(({ label }: { label: string }) => label);
  for (const { program, preLaunchTask } of configurations) {
    const file = program.replace('${workspaceFolder}/', '');
    if (preLaunchTask) expect(labels).toContain(preLaunchTask);
    else expect(existsSync(join(root, file))).toBe(true);
  }
  for (const { command } of tasks) expect(missingIn(command)).toEqual([]);
});

it('a changeset does not write the changelog, which is written by hand', () => {
  expect(JSON.parse(read('.changeset/config.json'))).toMatchObject({
    changelog: false,
    access: 'public',
  });
});

describe('the changelog', () => {
  const headings = read('CHANGELOG.md').split('\n');

  it('has an unreleased part, and each kind of change once in a part', () => {
    expect(headings.filter((line) => line === '## [Unreleased]')).toHaveLength(1);
    for (const part of read('CHANGELOG.md').split(/^## /m).slice(1)) {
      const kinds = [...part.matchAll(/^### (.*)$/gm)].map(([, kind]) => kind!);
      const allowed = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];
      expect(allowed.filter((kind) => kinds.includes(kind))).toEqual(kinds);
    }
  });

  const sample = '# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A.\n\n## [1.0.0] - 2026-01-01\n';

  it('a release gives the unreleased part its version and date, and leaves an empty one', () => {
    expect(released(sample, '1.1.0', '2026-02-03')).toBe(
      sample.replace('## [Unreleased]\n', '## [Unreleased]\n\n## [1.1.0] - 2026-02-03\n'),
    );
  });

  it('a release of a version that is there, or of nothing, fails', () => {
    expect(() => released(sample, '1.0.0', '2026-02-03')).toThrow('version 1.0.0 already');
    expect(() => released(sample.replace('- A.\n', ''), '1.1.0', '2026-02-03')).toThrow('nothing');
    expect(() => released('# Changelog\n', '1.1.0', '2026-02-03')).toThrow('[Unreleased]');
  });
});

describe('the check before a release', () => {
  const full = {
    version: '1.1.0',
    repository: { url: 'a' },
    bugs: { url: 'b' },
    homepage: 'c',
  };
  const changelog = '\n## [1.1.0] - 2026-02-03\n';

  it('passes where all is filled in', () => {
    expect(missingForRelease(full, changelog)).toEqual([]);
  });

  it('names each field of package.json that is empty, and a version without its part of the changelog', () => {
    const { version } = full;
    expect(missingForRelease({ version, homepage: '' }, '')).toEqual([
      expect.stringContaining('repository.url'),
      expect.stringContaining('bugs.url'),
      expect.stringContaining('homepage'),
      expect.stringContaining('1.1.0'),
    ]);
  });

  it('runs before anything is published', () => {
    expect(manifest.scripts.prepublishOnly).toBe('npm run check:release');
    expect(manifest.scripts['check:release']).toBe('node tools/checks/release.mjs');
  });
});
