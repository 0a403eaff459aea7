import { pascalCase } from './types.mjs';

/** Its record names clash with those of another subdomain (CourseData), so it is exported as a namespace. */
const NAMESPACED = new Set(['content_authoring']);

const fileOf = (subdomain) => subdomain.replaceAll('_', '-');
const namespaceOf = (subdomain) => {
  const name = pascalCase(subdomain);
  return name[0].toLowerCase() + name.slice(1);
};

export function indexFile(catalog, subdomains) {
  return [
    ...subdomains.map((name) =>
      NAMESPACED.has(name)
        ? `export * as ${namespaceOf(name)} from './${fileOf(name)}.js';`
        : `export * from './${fileOf(name)}.js';`,
    ),
    `export { OPENEDX_EVENTS_RELEASE } from './open-edx-events.js';`,
    '',
  ].join('\n');
}

export function eventListFile(catalog, subdomains) {
  const numbers = catalog.version.split('.').map(Number);
  return `
import type { EventDefinition } from '../event-definition.js';
${subdomains.map((name) => `import * as ${namespaceOf(name)} from './${fileOf(name)}.js';`).join('\n')}

/** The release of openedx-events that the catalogue was made from. */
export const OPENEDX_EVENTS_RELEASE = '${catalog.version}';

/** The same as integers: the default of \`sourcelib\` in an event's metadata. */
export const OPENEDX_EVENTS_SOURCELIB: readonly number[] = ${JSON.stringify(numbers)};

/** Every event of the release, in the order in which it defines them. */
export const OPEN_EDX_EVENTS: readonly EventDefinition[] = [
${catalog.events
  .map((event) => `  ${namespaceOf(event.module.split('.')[1])}.${event.constant},`)
  .join('\n')}
];
`;
}

export function eventMapFile(catalog, subdomains) {
  const maps = subdomains.map((name) => [`${pascalCase(name)}Events`, fileOf(name)]);
  return `
${maps.map(([name, file]) => `import type { ${name} } from './catalog/${file}.js';`).join('\n')}

/** Every event type that handlers and producers know. Add your own by declaration merging. */
export interface OpenEdxEventMap extends ${maps.map(([name]) => name).join(', ')} {}
`;
}
