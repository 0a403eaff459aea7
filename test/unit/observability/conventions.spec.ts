import { readFileSync } from 'node:fs';
import { ATTRIBUTE } from '../../../lib/observability/attributes.js';
import { METRIC } from '../../../lib/observability/metrics.js';

/** What `@opentelemetry/semantic-conventions` has, without what it calls deprecated. */
function conventions(file: string): ReadonlySet<string> {
  const folder = new URL(
    '../../../node_modules/@opentelemetry/semantic-conventions/dist/',
    import.meta.url,
  );
  const text = readFileSync(new URL(file, folder), 'utf8');
  const found = new Set<string>();
  for (const [, comment, name] of text.matchAll(
    /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*declare const \w+: "([^"]+)"/g,
  ))
    if (!comment!.includes('@deprecated')) found.add(name!);
  return found;
}

describe('names in telemetry', () => {
  const ours = (name: string) => name.startsWith('openedx.event_bus.');

  it('of attributes are those of the conventions, or ours', () => {
    const known = new Set([
      ...conventions('experimental_attributes.d.mts'),
      ...conventions('stable_attributes.d.mts'),
    ]);
    expect(known.size).toBeGreaterThan(100);
    const strange = Object.values(ATTRIBUTE).filter((name) => !ours(name) && !known.has(name));
    expect(strange).toEqual([ATTRIBUTE.systemBefore]);
  });

  it('of metrics are those of the conventions, or ours', () => {
    const known = conventions('experimental_metrics.d.mts');
    expect(known.size).toBeGreaterThan(100);
    const names = Object.values(METRIC).map(({ name }) => name);
    expect(names.filter((name) => !ours(name) && !known.has(name))).toEqual([]);
  });

  it('are those of the version that the documentation names', () => {
    const file = new URL(
      '../../../node_modules/@opentelemetry/semantic-conventions/package.json',
      import.meta.url,
    );
    expect(JSON.parse(readFileSync(file, 'utf8')).version).toBe('1.45.0');
  });
});
