/**
 * The type language of catalog.json, in TypeScript: what a handler receives, what `send` accepts, and the
 * call of the field function that makes the shape.
 */
const SIMPLE = {
  str: ['string', 'string', 'string'],
  int: ['number', 'number | bigint', 'long'],
  float: ['number', 'number', 'double'],
  bool: ['boolean', 'boolean', 'boolean'],
  bytes: ['Uint8Array', 'Uint8Array', 'bytes'],
  datetime: ['string', 'string | Date', 'datetime'],
  uuid: ['string', 'string', 'uuid'],
  course_key: ['CourseKey', 'string', 'courseKey'],
  usage_key: ['UsageKey', 'string', 'usageKey'],
  ccx_locator: ['CcxKey', 'string', 'ccxKey'],
  library_locator_v2: ['LibraryKey', 'string', 'libraryKey'],
  library_usage_locator_v2: ['LibraryUsageKey', 'string', 'libraryUsageKey'],
  library_collection_locator: ['LibraryCollectionKey', 'string', 'libraryCollectionKey'],
  library_container_locator: ['LibraryContainerKey', 'string', 'libraryContainerKey'],
};

/** { output, input, shape, calls, keys, records } of a type; `inputOf` names the input type of a record. */
export function typescriptOf(type, inputOf) {
  const generic = /^(\w+)\[(.*)\]$/.exec(type);
  if (generic) return genericOf(generic[1], generic[2], inputOf);
  if (type in SIMPLE) {
    const [output, input, call] = SIMPLE[type];
    return {
      output,
      input,
      shape: `${call}()`,
      calls: [call],
      keys: output.endsWith('Key') ? [output] : [],
    };
  }
  const name = type.split('.').at(-1);
  return { output: name, input: inputOf(type), shape: shapeName(name), calls: [], keys: [] };
}

/** What a field of the type holds, for one that Python does not describe. */
export function kindDoc(type) {
  const generic = /^(\w+)\[(.*)\]$/.exec(type);
  if (generic?.[1] === 'list') return `A list. Each item: ${lowerFirst(kindDoc(generic[2]))}`;
  if (generic?.[1] === 'dict')
    return `A map. Each value: ${lowerFirst(kindDoc(generic[2].replace(/^str, /, '')))}`;
  if (generic) return 'A value that has no Avro type.';
  return KIND_DOCS[type] ?? `A ${type.split('.').at(-1)}.`;
}

const lowerFirst = (text) => text[0].toLowerCase() + text.slice(1);

const KIND_DOCS = {
  str: 'A string.',
  int: 'A 64-bit integer.',
  float: 'A number.',
  bool: 'True or false.',
  bytes: 'Bytes.',
  datetime: 'A date and time in ISO 8601, as Python writes it.',
  uuid: 'A UUID.',
  course_key: 'A course key.',
  usage_key: 'A usage key.',
  ccx_locator: 'The key of a custom course.',
  library_locator_v2: 'The key of a content library.',
  library_usage_locator_v2: 'The usage key of a library block.',
  library_collection_locator: 'The key of a collection in a library.',
  library_container_locator: 'The key of a container in a library.',
};

function genericOf(kind, argument, inputOf) {
  if (kind === 'unsupported') {
    return {
      output: 'unknown',
      input: 'unknown',
      shape: `unsupported('${argument}')`,
      calls: ['unsupported'],
      keys: [],
    };
  }
  const of = typescriptOf(kind === 'dict' ? argument.replace(/^str, /, '') : argument, inputOf);
  const item = (text) => (text.includes('|') ? `(${text})` : text);
  return kind === 'list'
    ? {
        output: `${item(of.output)}[]`,
        input: `readonly ${item(of.input)}[]`,
        shape: `list(${of.shape})`,
        calls: ['list', ...of.calls],
        keys: of.keys,
      }
    : {
        output: `Record<string, ${of.output}>`,
        input: `Readonly<Record<string, ${of.input}>>`,
        shape: `map(${of.shape})`,
        calls: ['map', ...of.calls],
        keys: of.keys,
      };
}

/** The attrs classes that a type reaches directly. */
export function classesIn(type) {
  return type.match(/\w+(?:\.\w+)+/g)?.filter((name) => name.includes('.data.')) ?? [];
}

/** UserData -> userData, ORASubmissionData -> oraSubmissionData, XBlockData -> xBlockData. */
export function shapeName(className) {
  return className.replace(/^([A-Z]+)(?=[A-Z])|^[A-Z]/, (start) => start.toLowerCase());
}

/** COURSE_ENROLLMENT_CREATED -> CourseEnrollmentCreated */
export function pascalCase(snake) {
  return snake
    .toLowerCase()
    .split('_')
    .map((word) => word[0].toUpperCase() + word.slice(1))
    .join('');
}

/** A doc comment of lines of at most 100 columns. */
export function docComment(text, indent = '') {
  if (!text) return '';
  const clean = text.replaceAll('*/', '* /');
  if (indent.length + clean.length <= 93) return `${indent}/** ${clean} */\n`;
  const lines = [''];
  for (const word of clean.split(' ')) {
    const line = lines.at(-1);
    if (line && indent.length + 3 + line.length + 1 + word.length > 100) lines.push(word);
    else lines[lines.length - 1] = line ? `${line} ${word}` : word;
  }
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join('')}${indent} */\n`;
}
