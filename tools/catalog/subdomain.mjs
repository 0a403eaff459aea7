import { classesIn, docComment, kindDoc, pascalCase, shapeName, typescriptOf } from './types.mjs';

/** The source of one subdomain: its records, then its events, then the map from type to event. */
export function subdomainFile(catalog, subdomain) {
  const events = catalog.events.filter((event) => event.module.split('.')[1] === subdomain);
  const records = recordsOf(catalog, events);
  const used = { calls: new Set(['record']), keys: new Set() };
  const inputs = inputNames(catalog);
  const inputOf = (type) => inputs.get(type);
  const parts = [
    ...records.map((type) => recordSource(type, catalog.classes[type], inputOf, used)),
    ...events.map((event) => eventSource(event, inputOf, used)),
    mapSource(subdomain, events),
  ];
  refuseDoubles(parts);
  const keys = [...used.keys].sort();
  return [
    `import { defineEvent, type EventDefinition } from '../event-definition.js';`,
    `import type { RecordType } from '../field-type.js';`,
    `import { ${[...used.calls].sort().join(', ')} } from '../fields.js';`,
    keys.length ? `import type { ${keys.join(', ')} } from '../keys/index.js';` : '',
    '',
    parts.join('\n'),
  ].join('\n');
}

/** The classes that the events reach, each after those that it needs. */
function recordsOf(catalog, events) {
  const found = new Set();
  const add = (type) => {
    if (found.has(type)) return;
    for (const field of Object.values(catalog.classes[type].fields)) {
      classesIn(field.type).forEach(add);
    }
    found.add(type);
  };
  for (const event of events) Object.values(event.init_data).flatMap(classesIn).forEach(add);
  return [...found];
}

/** A class whose sent type is its received type needs no second interface. */
function inputNames(catalog) {
  const names = new Map();
  const inputOf = (type) => {
    if (!names.has(type)) {
      const name = type.split('.').at(-1);
      const same = Object.values(catalog.classes[type].fields).every((field) => {
        const { output, input } = typescriptOf(field.type, inputOf);
        return !('default' in field) && output === input;
      });
      names.set(type, same ? name : `${name}Input`);
    }
    return names.get(type);
  };
  Object.keys(catalog.classes).forEach(inputOf);
  return names;
}

function recordSource(type, { doc, fields }, inputOf, used) {
  const name = type.split('.').at(-1);
  const input = inputOf(type);
  const members = membersOf(fields, inputOf, used);
  const twin = input === name ? '' : inputSource(name, input, members);
  return `
${docComment(doc)}export interface ${name} {
${members.map((m) => `${docComment(m.doc, '  ')}  ${m.name}: ${m.output};`).join('\n')}
}
${twin}
/** The fields of ${name}, for records and events of your own. */
export const ${shapeName(name)}: RecordType<${name}, ${input}> = record('${name}', {
${members.map((m) => `  ${m.name}: ${m.shape},`).join('\n')}
});
`;
}

function inputSource(name, input, members) {
  return `
/** ${name} as it is sent. */
export interface ${input} {
${members.map((m) => `${docComment(m.inputDoc, '  ')}  ${m.name}${m.input};`).join('\n')}
}
`;
}

function eventSource(event, inputOf, used) {
  const fields = Object.fromEntries(
    Object.entries(event.init_data).map(([name, type]) => [name, { type }]),
  );
  const name = pascalCase(event.constant);
  const members = membersOf(fields, inputOf, used);
  const input = members.every((m) => m.input === `: ${m.output}`) ? name : `${name}Input`;
  const minor = event.minor_version ? `  minorVersion: ${event.minor_version},\n` : '';
  const refused = event.schema_sha256 ? '' : ' It has no Avro schema, so it cannot be sent.';
  return `
/** The data of ${event.constant}. */
export interface ${name} {
${members.map((m) => `${docComment(m.doc, '  ')}  ${m.name}: ${m.output};`).join('\n')}
}
${input === name ? '' : inputSource(name, input, members)}
${docComment(event.doc + refused)}export const ${event.constant}: EventDefinition<
  '${event.event_type}', ${name}, ${input}
> = defineEvent({
  type: '${event.event_type}',
${minor}  data: { ${members.map((m) => `${m.name}: ${m.shape}`).join(', ')} },
});
`;
}

function membersOf(fields, inputOf, used) {
  return Object.entries(fields).map(([name, field]) => {
    const ts = typescriptOf(field.type, inputOf);
    ts.calls.forEach((call) => used.calls.add(call));
    ts.keys.forEach((key) => used.keys.add(key));
    const doc = field.doc || kindDoc(field.type);
    if (!('default' in field)) {
      return {
        name,
        doc,
        inputDoc: doc,
        output: ts.output,
        input: `: ${ts.input}`,
        shape: ts.shape,
      };
    }
    const nullable = field.default === null;
    used.calls.add(nullable ? 'nullable' : 'withDefault');
    return {
      name,
      doc,
      inputDoc: `${/[.!?]$/.test(doc) ? doc : `${doc}.`} Default: ${JSON.stringify(field.default)}.`,
      output: nullable ? `${ts.output} | null` : ts.output,
      input: `?: ${ts.input}${nullable ? ' | null' : ''} | undefined`,
      shape: nullable
        ? `nullable(${ts.shape})`
        : `withDefault(${ts.shape}, ${JSON.stringify(field.default).replaceAll('"', "'")})`,
    };
  });
}

function mapSource(subdomain, events) {
  return `
/** The events of the subdomain, by type. */
export interface ${pascalCase(subdomain)}Events {
${events.map((event) => `${docComment(event.doc, '  ')}  '${event.event_type}': typeof ${event.constant};`).join('\n')}
}
`;
}

/** A record and an event of one name would merge without a word. */
function refuseDoubles(parts) {
  const names = parts.join('').match(/(?<=^export (?:interface|const) )\w+/gm);
  const double = names.find((name, at) => names.indexOf(name) !== at);
  if (double) throw new Error(`Two declarations of ${double}`);
}
