// What must be filled in before a version is published: where its sources are, and what its version changed.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** What is missing, in words. */
export function missingForRelease(manifest, changelog) {
  const { version, repository, bugs, homepage } = manifest;
  const empty = Object.entries({
    'repository.url': repository?.url,
    'bugs.url': bugs?.url,
    homepage,
  }).filter(([, value]) => !value);
  const problems = empty.map(
    ([name]) =>
      `package.json: ${name} is not set; CONTRIBUTING.md ("Publication") says what it needs`,
  );
  if (!changelog.includes(`\n## [${version}] - `))
    problems.push(`CHANGELOG.md: version ${version} has no part; run npm run release:changelog`);
  return problems;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  const problems = missingForRelease(manifest, readFileSync('CHANGELOG.md', 'utf8'));
  for (const problem of problems) console.error(problem);
  process.exit(problems.length > 0 ? 1 : 0);
}
