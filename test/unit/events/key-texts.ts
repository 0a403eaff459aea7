const HEX_24 = '519665f6223ebd6980884f2b';

/** One key of each form that any of the Python classes takes. */
export const KEYS: readonly string[] = [
  'course-v1:edX+DemoX+2024',
  'course-v1:a+b+c+branch@draft',
  `course-v1:a+b+c+version@${HEX_24}`,
  `course-v1:a+b+c+branch@d+version@${HEX_24}+type@t+block@x%`,
  `course-v1:version@${HEX_24}`,
  'slashes:a+b+c',
  'library-v1:edX+L',
  'library-v1:edX+L+run+branch@x',
  'ccx-v1:a+b+c+ccx@17',
  `ccx-v1:a+b+c+branch@d+version@${HEX_24.toUpperCase()}+ccx@1+type@t+block@b`,
  'edX/DemoX/2024',
  'edX/DemoX/',
  'block-v1:edX+DemoX+2024+type@problem+block@b1',
  'block-v1:edX+DemoX+2024+block@b1',
  `block-v1:a+b+c+branch@d+version@${HEX_24}+type@t+block@b:c`,
  'lib-block-v1:edX+L+type@t+block@b',
  'ccx-block-v1:a+b+c+ccx@1+type@t+block@b',
  'location:a+b+c+type+block',
  'i4x://edX/DemoX/problem/p1',
  'i4x://edX/DemoX/any thing/p:1%@draft',
  'lb:edX:slug:problem:p1',
  'lib:edX:slug',
  'lib-collection:edX:slug:code',
  'lct:edX:slug:unit:u1',
  'aside-usage-v1:block-v1:a+b+c+type@t+block@b::aside',
  'aside-usage-v1:lb:a:b:c:d$$e::a$::b',
  'aside-usage-v2:block-v1$:a+b+c+type@t+block@b::a$$b',
  'aside-usage-v2:aside-usage-v2$:lb$$$:a$$$:b$$$:c$$$:d$:$:x::y',
];

const TOKENS = [
  ...['course-v1:', 'slashes:', 'library-v1:', 'ccx-v1:', 'block-v1:', 'lib-block-v1:'],
  ...['ccx-block-v1:', 'location:', 'i4x://', 'lb:', 'lib:', 'lib-collection:', 'lct:'],
  ...['aside-usage-v1:', 'aside-usage-v2:', 'aside-', 'org', 'course', 'run', 'a', 'b', '1'],
  ...['branch@', 'version@', 'ccx@', 'type@', 'block@', 'BRANCH@', 'Ccx@', 'bLoc\u212a@'],
  ...['ver\u017fion@', 'vers\u0131on@', 'vers\u0130on@', HEX_24, HEX_24.toUpperCase()],
  ...[
    HEX_24.slice(1),
    `${HEX_24}0`,
    '+',
    '+',
    '+',
    '+',
    '/',
    '/',
    ':',
    '::',
    '$',
    '$$',
    '$:',
    '$::',
  ],
];

/** Where the rules of two languages for words, digits, case, line ends and text itself come apart. */
const ODD = [
  ...[
    '\n',
    '\r',
    '\r\n',
    '\t',
    '\0',
    ' ',
    '\u0085',
    '\u00a0',
    '\u2028',
    '\u2029',
    '\u200b',
    '\ufeff',
  ],
  ...['\u0300', '\u0301', '\u0663', '\u00b2', '\u00bd', '\u216b', '\u2460', '\u3007', '\u5341'],
  ...[
    '\u00e9',
    '\u00df',
    '\u0130',
    '\u0131',
    '\u017f',
    '\u212a',
    '\u01c5',
    '\u02b0',
    '\u0e33',
    '\u30fc',
  ],
  ...[
    '\u203f',
    '\u2040',
    '\uff3f',
    '\uff21',
    '\uff11',
    '\uac00',
    '\u{1d7d8}',
    '\u{20000}',
    '\u{1f600}',
  ],
  ...[
    '\u{10400}',
    '\u{e0100}',
    '\u{10fffd}',
    '\ue000',
    '\uffff',
    '\ud800',
    '\udc00',
    '\udfff\ud800',
  ],
  ...[
    '-',
    '~',
    '.',
    '%',
    '_',
    '@',
    '+',
    '/',
    '$',
    '*',
    '(',
    '\\',
    '"',
    "'",
    '^',
    '|',
    'K',
    'S',
    'I',
  ],
];

/** A text that is a key, nearly one, or put together from pieces of keys. */
export function keyText(below: (bound: number) => number): string {
  const pick = (from: readonly string[]): string => from[below(from.length)]!;
  if (below(4) === 0) return Array.from({ length: 1 + below(12) }, () => pick(TOKENS)).join('');
  let text = pick(KEYS);
  for (let changes = below(4); changes > 0; changes--) text = changed(text, below, pick);
  if (below(12) === 0) text += pick(['\n', '\n\n', '\r', '\u2028', '\0', ' ']);
  return text;
}

function changed(
  text: string,
  below: (bound: number) => number,
  pick: (from: readonly string[]) => string,
): string {
  const at = below(text.length + 1);
  const [head, tail] = [text.slice(0, at), text.slice(at)];
  switch (below(9)) {
    case 0:
      return head + tail.slice(1);
    case 1:
      return head + pick(ODD) + tail.slice(1);
    case 2:
      return head + pick(TOKENS) + tail;
    case 3:
      return head + pick(KEYS).slice(below(20));
    case 4:
      return head + tail.slice(0, 1).repeat(below(30)) + tail;
    case 5:
      return head + (below(2) ? tail.toUpperCase() : tail.toLowerCase());
    case 6: {
      const code = below(3) ? below(0x3000) : below(0x110000);
      return head + String.fromCodePoint(code) + tail;
    }
    case 7:
      return replacedRuns(text, 'a'.repeat(1 + below(300)));
    default:
      return head + pick(ODD) + tail;
  }
}

/** The text with its words made longer. */
const replacedRuns = (text: string, run: string): string => text.replace(/edX|\ba\b|slug/g, run);
