// node tools/release/changelog.mjs: what is under Unreleased in CHANGELOG.md becomes the version of package.json, with
// the date of today.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const UNRELEASED = '## [Unreleased]';

/** The changelog with the unreleased part as a version. Throws where there is none, or the version is there already. */
export function released(changelog, version, date) {
  const heading = `## [${version}]`;
  if (changelog.includes(`${heading} - `))
    throw new Error(`CHANGELOG.md has version ${version} already`);
  const [before, rest, ...more] = changelog.split(`${UNRELEASED}\n`);
  if (rest === undefined || more.length > 0)
    throw new Error(`CHANGELOG.md must have the heading "${UNRELEASED}" once`);
  const entries = rest.split(/^## \[/m)[0];
  if (!/^- /m.test(entries)) throw new Error('CHANGELOG.md has nothing under Unreleased');
  return `${before}${UNRELEASED}\n\n${heading} - ${date}\n${rest}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const today = new Date().toISOString().slice(0, 10);
  writeFileSync('CHANGELOG.md', released(readFileSync('CHANGELOG.md', 'utf8'), version, today));
}
