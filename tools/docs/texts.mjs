// How the texts of a TypeScript file are read for docs/messages.md.
import ts from 'typescript';

/** Functions that show their argument. */
const SHOWING = new Set([
  'outsideText',
  'shownValue',
  'shownName',
  'String',
  'messageOf',
  'thrownText',
  'stringify',
  'round',
  'ceil',
  'reasonOf',
  'anyOf',
  'kindOf',
  'nameOf',
  'describe',
  'join',
  'toString',
  'toUpperCase',
  'map',
  'slice',
  'max',
  'floor',
  'toLocaleString',
  'trim',
  'text',
  'releaseText',
]);
/** Those of them whose object is shown. */
const OF_THEIR_OBJECT = new Set([
  'join',
  'toString',
  'toUpperCase',
  'map',
  'slice',
  'toLocaleString',
  'trim',
]);

/**
 * The text of a literal, a template, or a sum with one of them, with names for the values in it; undefined for any other
 * node, and for what is a name or a type and no value.
 */
export function textOf(node) {
  if (isNotShown(node)) return undefined;
  const parts = partsOf(node);
  return parts?.some(({ isLiteral }) => isLiteral)
    ? parts.map(({ text }) => text).join('')
    : undefined;
}

function isNotShown(node) {
  const { parent } = node;
  return (
    !parent ||
    ts.isImportDeclaration(parent) ||
    ts.isExportDeclaration(parent) ||
    ts.isLiteralTypeNode(parent) ||
    ts.isTypeNode(node) ||
    ts.isExternalModuleReference(parent) ||
    (ts.isPropertyAssignment(parent) && parent.name === node) ||
    (ts.isElementAccessExpression(parent) && parent.argumentExpression === node) ||
    ts.isComputedPropertyName(parent)
  );
}

function partsOf(node) {
  if (ts.isStringLiteralLike(node)) return [{ text: node.text, isLiteral: true }];
  if (ts.isTemplateExpression(node))
    return [
      { text: node.head.text, isLiteral: true },
      ...node.templateSpans.flatMap(({ expression, literal }) => [
        { text: placeholderOf(expression), isLiteral: false },
        { text: literal.text, isLiteral: true },
      ]),
    ];
  if (ts.isParenthesizedExpression(node)) return partsOf(node.expression);
  if (isSum(node)) {
    const sides = [node.left, node.right].map(
      (side) => partsOf(side) ?? [{ text: placeholderOf(side), isLiteral: false }],
    );
    return sides.flat();
  }
  return undefined;
}

const isSum = (node) =>
  ts.isBinaryExpression(node) &&
  node.operatorToken.kind === ts.SyntaxKind.PlusToken &&
  !ts.isNumericLiteral(node.right);

function placeholderOf(node) {
  if (ts.isParenthesizedExpression(node)) return placeholderOf(node.expression);
  const parts = partsOf(node);
  if (parts) return parts.map(({ text }) => text).join('');
  if (ts.isConditionalExpression(node)) return choiceOf(node.whenTrue, node.whenFalse);
  if (
    ts.isBinaryExpression(node) &&
    node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken
  )
    return `[${placeholderOf(node.right)}]`;
  return `{${nameOf(node)}}`;
}

function choiceOf(one, other) {
  const texts = [one, other].map(placeholderOf);
  if (texts.includes('')) return `[${texts.join('')}]`;
  return `{${texts.map((text) => text.replace(/^\{(.*)\}$/, '$1')).join(' / ')}}`;
}

function nameOf(node) {
  if (ts.isIdentifier(node)) return lowered(node.text);
  if (ts.isPropertyAccessExpression(node)) {
    const { text } = node.name;
    return text === 'length'
      ? `number of ${nameOf(node.expression)}`
      : lowered(text.replace(/^#/, ''));
  }
  if (ts.isElementAccessExpression(node)) return nameOf(node.expression);
  if (
    ts.isNonNullExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isParenthesizedExpression(node) ||
    ts.isAwaitExpression(node)
  )
    return nameOf(node.expression);
  // Milliseconds that are shown as seconds.
  if (isDivision(node) && /1_?000/.test(node.right.getText())) return 'seconds';
  if (ts.isBinaryExpression(node)) return nameOf(node.left);
  if (ts.isConditionalExpression(node)) return nameOf(node.whenTrue);
  if (ts.isTypeOfExpression(node)) return 'type';
  if (ts.isCallExpression(node)) return nameOfCall(node);
  if (ts.isArrayLiteralExpression(node))
    return node.elements
      .map((one) => (ts.isSpreadElement(one) ? nameOf(one.expression) : nameOf(one)))
      .join(' ');
  if (ts.isNewExpression(node)) return node.arguments?.length ? nameOf(node.arguments[0]) : 'value';
  if (ts.isObjectLiteralExpression(node)) return 'value';
  return 'value';
}

const isDivision = (node) =>
  ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.SlashToken;

function nameOfCall({ expression, arguments: [first] }) {
  const isMethod = ts.isPropertyAccessExpression(expression);
  const name = isMethod ? expression.name.text : expression.getText();
  if (isMethod && OF_THEIR_OBJECT.has(name)) return nameOf(expression.expression);
  if (SHOWING.has(name) && first) return nameOf(first);
  return lowered(name).replace(/(?:Text|Of)$/, '');
}

const lowered = (name) =>
  /^[A-Z\d_]+$/.test(name)
    ? name.toLowerCase().replaceAll(/_(\w)/g, (_, letter) => letter.toUpperCase())
    : name;

/** Whether people read it: words of a language, not of a protocol or a program. */
export function isText(text, label) {
  if (/redis\.call|ARGV|KEYS\[|=> |\) \{|;;$/.test(text)) return false;
  const plain = text.replaceAll(/\{[^}]*\}/g, 'x');
  if (label === 'part')
    return /[a-z]{2,}[,;:.]? +\(?(?:[a-z]{2,}|x)/i.test(plain) && !/^[A-Z ]+$/.test(plain);
  if (['log', 'warn', 'error', 'debug'].includes(label))
    return /\S\s+\S/.test(plain) && /[a-z]{2,}/i.test(text.replaceAll(/\{[^}]*\}/g, ''));
  return /[a-z]{2,}/i.test(plain);
}
