const SCHEMES = new Set(['http:', 'https:', 'redis:', 'rediss:', 'unix:', 'kafka:']);
const HOST = /^(?:[\w.-]{1,253}|\[[0-9a-f:.]{2,45}\])$/i;
const LONGEST = 500;

/**
 * The parts of a URL that are no secret: scheme, host, port and the number of a database. Undefined where
 * it cannot be told what is which, as with a password that holds `/`, `?` or `#` unescaped.
 */
export function shownUrl(text: string): string | undefined {
  if (text.length > LONGEST || /\s/.test(text.trim()) || !URL.canParse(text)) return undefined;
  const { protocol, hostname, port, pathname, search, hash } = new URL(text);
  if (!SCHEMES.has(protocol) || hash !== '' || /@|%40/.test(pathname + search)) return undefined;
  if (protocol === 'unix:') return 'unix://…';
  if (!HOST.test(hostname)) return undefined;
  const db = protocol.startsWith('redis') && /^\/\d{1,5}$/.test(pathname) ? pathname : '';
  return `${protocol}//${hostname}${port && `:${port}`}${db}`;
}
