// Terminal output, with its escape sequences for colours, as an SVG picture.

const COLOURS = {
  31: '#f97583',
  32: '#85e89d',
  33: '#ffdf5d',
  36: '#79c0ff',
};
const TEXT = '#e1e4e8';
const CHARACTER = 8.4;
const LINE = 19;
const PADDING = 16;

/** `title` is what a screen reader says, and stands in the bar of the window. */
export function terminalSvg(output, title) {
  const lines = output.replaceAll('\r\n', '\n').trimEnd().split('\n').map(spansOf);
  const columns = Math.max(
    60,
    ...lines.map((spans) => spans.reduce((n, { text }) => n + text.length, 0)),
  );
  const width = Math.ceil(columns * CHARACTER + 2 * PADDING);
  const height = lines.length * LINE + 2 * PADDING + 28;
  const rows = lines.map(
    (spans, i) =>
      `<text x="${PADDING}" y="${28 + PADDING + (i + 0.75) * LINE}" xml:space="preserve">${spans.map(tspan).join('')}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">
<title>${escaped(title)}</title>
<rect width="${width}" height="${height}" rx="8" fill="#1f2428"/>
<g fill="#444d56"><circle cx="18" cy="16" r="5"/><circle cx="36" cy="16" r="5"/><circle cx="54" cy="16" r="5"/></g>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="${TEXT}">
${rows.join('\n')}
</g>
</svg>
`;
}

/** The pieces of a line that look alike. */
function spansOf(line) {
  const spans = [];
  let style = {};
  // eslint-disable-next-line no-control-regex -- escape sequences are what is parsed
  for (const piece of line.split(/(\x1b\[[\d;]*[A-Za-z])/)) {
    // eslint-disable-next-line no-control-regex -- as above
    const [, codes] = /^\x1b\[([\d;]*)m$/.exec(piece) ?? [];
    if (codes !== undefined)
      for (const code of codes.split(';')) style = styled(style, Number(code));
    else if (piece !== '' && !piece.startsWith('\x1b')) spans.push({ ...style, text: piece });
  }
  return spans;
}

function styled(style, code) {
  if (code === 0) return {};
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 22) return { ...style, bold: false, dim: false };
  if (code === 39) return { ...style, colour: undefined };
  return COLOURS[code] ? { ...style, colour: COLOURS[code] } : style;
}

function tspan({ text, bold, dim, colour }) {
  const marks = [
    colour && `fill="${colour}"`,
    bold && 'font-weight="bold"',
    dim && 'opacity="0.65"',
  ].filter(Boolean);
  return marks.length ? `<tspan ${marks.join(' ')}>${escaped(text)}</tspan>` : escaped(text);
}

function escaped(text) {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
