import { isIPv6 } from 'node:net';

/** Parts of a URL as Python's `urllib.parse` and redis-py tell them apart; decoded. */
export interface PythonUrl {
  readonly scheme: string;
  readonly username: string;
  readonly password: string;
  readonly host: string;
  readonly isBracketed: boolean;
  /** undefined: none, or 0, which redis-py takes for none. */
  readonly port: number | undefined;
  /** Still encoded. */
  readonly path: string;
  readonly query: readonly QueryPart[];
  /** What stands behind `#`. */
  readonly fragment: string;
}

export interface QueryPart {
  readonly name: string;
  readonly value: string;
  /** Whether an `@` stands in it that is not percent-encoded. */
  readonly hasAt: boolean;
}

/**
 * Takes a URL apart as Python does: a `%` that begins no code stands for itself, the last `@` before the first
 * of `/?#` ends the password, tabs and line breaks do not count. undefined where Python refuses it too.
 */
export function splitPythonUrl(text: string): PythonUrl | undefined {
  const scheme = /^(redis|rediss|unix):\/\//.exec(text)?.[1];
  if (scheme === undefined) return undefined;
  const rest = text.slice(scheme.length + 3).replace(/[\t\r\n]/g, '');
  const end = rest.search(/[/?#]/);
  const netloc = end < 0 ? rest : rest.slice(0, end);
  const [behind, fragment] = partition(end < 0 ? '' : rest.slice(end), '#');
  const [path, query] = partition(behind, '?');
  const at = netloc.lastIndexOf('@');
  const [username, password] = partition(at < 0 ? '' : netloc.slice(0, at), ':');
  // redis-py has no look at them where it is a socket.
  const place = hostAndPort(scheme === 'unix' ? '' : netloc.slice(at + 1));
  if (place === undefined || !hasSoundBrackets(netloc) || hidesMarks(netloc)) return undefined;
  return {
    scheme,
    username: unquote(username),
    password: unquote(password),
    ...place,
    path,
    query: queryParts(query),
    fragment,
  };
}

/** Percent-decoded; what is no UTF-8 becomes U+FFFD. */
export function unquote(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (codes) =>
    Buffer.from(codes.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}

function hostAndPort(text: string): Pick<PythonUrl, 'host' | 'isBracketed' | 'port'> | undefined {
  const open = text.indexOf('[');
  const [inside, after] = partition(text.slice(open + 1), ']');
  const [plain, plainPort] = partition(text, ':');
  const raw = open < 0 ? plain : inside;
  const port = open < 0 ? plainPort : partition(after, ':')[1];
  if (!/^\d*$/.test(port) || Number(port) > 65_535) return undefined;
  const zone = raw.indexOf('%');
  const host = zone < 0 ? raw.toLowerCase() : raw.slice(0, zone).toLowerCase() + raw.slice(zone);
  return { host: unquote(host), isBracketed: open >= 0, port: Number(port) || undefined };
}

/** The first brackets, wherever they are, hold an IPv6 address. */
function hasSoundBrackets(netloc: string): boolean {
  if (!/[[\]]/.test(netloc)) return true;
  if (!netloc.includes('[') || !netloc.includes(']')) return false;
  const [address] = partition(partition(netloc, '[')[1], ']');
  return isIPv6(address);
}

/** Whether it has characters that turn into `/`, `?`, `#`, `@` or `:` where a name is made comparable. */
function hidesMarks(netloc: string): boolean {
  const rest = netloc.replace(/[@:#?]/g, '');
  const normal = rest.normalize('NFKC');
  return normal !== rest && /[/?#@:]/.test(normal);
}

function queryParts(query: string): QueryPart[] {
  const seen = new Set<string>();
  return query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const [name, value] = partition(part.replaceAll('+', ' '), '=');
      return { name: unquote(name), value: unquote(value), hasAt: part.includes('@') };
    })
    .filter(({ name, value }) => {
      if (value !== '' && seen.has(name)) return false;
      if (value !== '') seen.add(name);
      return true;
    });
}

function partition(text: string, mark: string): [before: string, behind: string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
