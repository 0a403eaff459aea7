// Which log level, error code or other kind a text of lib belongs to, for docs/messages.md.
import ts from 'typescript';

const LEVELS = new Set(['log', 'warn', 'error', 'debug', 'verbose', 'fatal']);
const LOGGERS = /^(?:logger|log|nestLogger)$/;

/** Arguments of errors that name something and are no text, by their place. */
const SUBJECTS = new Map([
  ['MissingPeerError', 0],
  ['InvalidMetadataError', 0],
  ['EventBusError', 0],
  ['UsageError', 1],
]);
/** Variables and functions whose texts nobody reads: texts of others that are looked for, keys, headers of HTTP. */
const NOT_SHOWN = new Set([
  'QUOTED_AFTER',
  'ACCEPT',
  'authorizationOf',
  'basic',
  'faultKey',
  'troubleAt',
  'troubleKey',
]);
/** What names a thing and is not shown. */
const NAMING_PROPERTIES = new Set(['kind', 'name', 'path', 'event', 'provide', 'part']);
const NAMING_FUNCTIONS = new Set([
  'Symbol',
  'startsWith',
  'endsWith',
  'includes',
  'getMetadata',
  'shownValue',
  'on',
  'find',
]);

/** Functions that make the text of an error, and the properties of objects, by the beginning of the path of their files. */
const FUNCTIONS = [
  ['lib/events/make-metadata', /^refuse$/, 'INVALID_METADATA'],
  ['lib/codec/resolution/', /^(?:refuse|malformed|unresolvable)$/, 'UNUSABLE_RECORD'],
  ['lib/codec/tagged-json', /^(?:refuse|refusal)$/, 'INVALID_DATA'],
  ['lib/codec/avro/avro-schema', /^refuse$/, 'UNSERIALIZABLE_EVENT'],
  ['lib/codec/', /^malformed$/, 'UNUSABLE_RECORD'],
  ['lib/codec/', /^say$/, 'INVALID_DATA'],
  ['lib/producing/publishable', /^(?:need|refuse)$/, 'INVALID_DATA'],
  ['lib/transport/', /^unusable$/, 'UNUSABLE_RECORD'],
  ['lib/transport/kafka/kafkajs/protocol/', /^(?:lose|UnreadableMessage)$/, 'UNUSABLE_RECORD'],
  ['lib/transport/kafka/producing/', /^refuse$/, 'part'],
  ['lib/transport/kafka/registry/', /^unexpected$/, 'SERVICE_UNAVAILABLE'],
  ['lib/transport/redis/settings/', /^(?:UrlFault|unknown|wrong)$/, 'CONFIGURATION'],
  ['lib/', /^(?:refuse|problem|problems|unusable)$/, 'CONFIGURATION'],
  ['lib/', /^(?:warn|tell|warnOnce|warnOfClearText)$/, 'warn'],
  ['lib/', /^logFailure$/, 'error'],
  ['lib/', /^shut$/, 'status'],
];
const PROPERTIES = new Map([
  ['allowed', 'expected'],
  ['found', 'found'],
  ['setting', 'setting'],
  ['detail', 'notice'],
  ['advice', 'notice'],
]);
const VARIABLES = new Map([...PROPERTIES, ['ALLOWED', 'expected']]);

/** The code of each class of errors: its own, or that of the class that it extends. */
export function codesOf(sources) {
  const bases = new Map();
  const codes = new Map();
  for (const source of sources)
    forEachNode(source, (node) => {
      if (!ts.isClassDeclaration(node) || !node.name) return;
      const base = baseOf(node);
      if (base) bases.set(node.name.text, base);
      const code = superCodeOf(node);
      if (code) codes.set(node.name.text, code);
    });
  return (name) => {
    for (let one = name; one !== undefined; one = bases.get(one)) {
      if (codes.has(one)) return codes.get(one);
      if (one === 'Error' || (one.endsWith('Error') && !bases.has(one))) return 'Error';
    }
    return undefined;
  };
}

function superCodeOf(node) {
  let code;
  forEachNode(node, (one) => {
    if (!ts.isCallExpression(one) || one.expression.kind !== ts.SyntaxKind.SuperKeyword) return;
    const [first] = one.arguments;
    if (first && ts.isStringLiteral(first) && /^[A-Z_]+$/.test(first.text)) code = first.text;
  });
  return code;
}

function forEachNode(node, visit) {
  visit(node);
  ts.forEachChild(node, (child) => forEachNode(child, visit));
}

/** Undefined for what is a key of something and no text. */
export function labelOf(node, file, codeOf) {
  let above = node;
  for (let child = node, parent = node.parent; parent; child = parent, parent = parent.parent) {
    above = parent;
    if (ts.isCallExpression(parent) && parent.expression !== child) {
      const label = labelOfCall(parent, child, file, codeOf);
      if (label !== undefined) return label || undefined;
    }
    if (ts.isNewExpression(parent) && parent.expression !== child) {
      const name = parent.expression.getText();
      const place = parent.arguments?.indexOf(child);
      const isService = place === 0 && codeOf(name) === 'SERVICE_UNAVAILABLE';
      if (isService || place === SUBJECTS.get(name)) return undefined;
      return byRules(name, file) ?? codeOf(name) ?? 'part';
    }
    if (isName(parent, child)) return undefined;
    const label = labelOfName(parent, child);
    if (label !== undefined) return label;
    // A part of what is said further down.
    if (ts.isVariableDeclaration(parent) && !ts.isFunctionLike(child)) return 'part';
    if (ts.isFunctionLike(parent) && !isArgument(parent)) break;
  }
  return above && 'part';
}

const isArgument = ({ parent }) =>
  ts.isCallExpression(parent) ||
  ts.isPropertyAssignment(parent) ||
  ts.isVariableDeclaration(parent);

const COMPARISONS = new Set([
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
]);

function isName(parent, child) {
  if (ts.isVariableDeclaration(parent) || ts.isFunctionLike(parent))
    return parent.name !== undefined && NOT_SHOWN.has(parent.name.getText());
  if (ts.isBinaryExpression(parent)) return COMPARISONS.has(parent.operatorToken.kind);
  return (
    ts.isPropertyAssignment(parent) &&
    parent.initializer === child &&
    (ts.isStringLiteralLike(child) || isLimited(parent)) &&
    NAMING_PROPERTIES.has(parent.name.getText())
  );
}

/** Of a line for a LineLimiter, whose name and kind say which lines share a limit. */
function isLimited({ parent: { parent } }) {
  return ts.isCallExpression(parent) && lastName(parent.expression) === 'offer';
}

function labelOfName(parent, child) {
  if (ts.isPropertyAssignment(parent) && parent.initializer === child) {
    const name = parent.name.getText();
    if (name === 'says') return levelBeside(parent);
    return ts.isFunctionLike(child) ? undefined : PROPERTIES.get(name);
  }
  if (ts.isVariableDeclaration(parent) && parent.initializer === child)
    return VARIABLES.get(parent.name.getText());
  return undefined;
}

/** The level of a line in a table of lines: `{ level: 'warn', says: … }`. */
function levelBeside({ parent }) {
  const level = parent.properties.find(({ name }) => name?.getText() === 'level');
  return level && levelOf(level.initializer);
}

function levelOf(node) {
  return ts.isStringLiteral(node) && LEVELS.has(node.text) ? node.text : undefined;
}

/** '' for what is no text. */
function labelOfCall(call, child, file, codeOf) {
  const { expression } = call;
  // Whoever says the level must be next to the text.
  if (ts.isElementAccessExpression(expression) && LOGGERS.test(lastName(expression.expression)))
    throw new Error(`${file}: the level of this line cannot be read: ${call.getText()}`);
  if (expression.kind === ts.SyntaxKind.SuperKeyword) return labelOfSuper(call, child, codeOf);
  const isMethod = ts.isPropertyAccessExpression(expression);
  const name = isMethod ? expression.name.text : expression.getText();
  const receiver = isMethod ? lastName(expression.expression) : '';
  if (NAMING_FUNCTIONS.has(name)) return '';
  if (LEVELS.has(name) && LOGGERS.test(receiver)) return name;
  // Of several arguments the first one says which lines share a limit, or why a partition or stream is paused.
  const isKey = call.arguments.length > 1 && call.arguments[0] === child;
  if (isKey && (name === 'offer' || name === 'shut')) return '';
  if (name === 'offer') return /warnings/i.test(receiver) ? 'warn' : 'error';
  const label = byRules(name, file);
  if (label === 'CONFIGURATION') return sideOf(call, child);
  // A function that logs may be told the level: `logFailure(error, text, 'warn')`.
  return LEVELS.has(label) ? (call.arguments.map(levelOf).find(Boolean) ?? label) : label;
}

/** Of a problem: the last argument is what is expected, the one before it what was found. */
function sideOf({ arguments: given }, child) {
  if (given.length < 2) return 'CONFIGURATION';
  return ['expected', 'found'][given.length - 1 - given.indexOf(child)] ?? 'setting';
}

function byRules(name, file) {
  return FUNCTIONS.find(([start, names]) => file.startsWith(start) && names.test(name))?.[2];
}

/** The first argument is the code or the subject, except in a class that extends Error itself: there it is the message. */
function labelOfSuper(call, child, codeOf) {
  const around = classAround(call);
  const isMessage = around && baseOf(around) === 'Error';
  if (call.arguments[0] === child && !isMessage) return '';
  return around && codeOf(around.name?.text);
}

function classAround(node) {
  for (let one = node; one; one = one.parent) if (ts.isClassDeclaration(one)) return one;
  return undefined;
}

const baseOf = ({ heritageClauses }) => heritageClauses?.[0]?.types[0]?.expression.getText();

function lastName(node) {
  return ts.isPropertyAccessExpression(node) ? node.name.text : node.getText();
}
