const SECRET_NAME = /(SECRET|_KEY|PASSWORD|TOKEN)$/;
const MOST = 80;

/** A setting's value as a message may show it: short, and without passwords, keys and secrets. */
export function shownValue(name: string, value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === '') return 'an empty text';
  if (SECRET_NAME.test(name)) return '*** (hidden)';
  return shortened(masked(textOf(value)));
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint' || typeof value === 'symbol') return value.toString();
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return `an ${typeof value}`;
  }
}

/** Greedy up to the last `@`: a password may hold `@`, `/` and `:` unescaped. */
function masked(text: string): string {
  const hidden = text.includes('://')
    ? text.replace(/(:\/\/)[^\s]*@/g, '$1***@')
    : text.replace(/[^\s'"]*:[^\s]*@/g, '***@');
  return hidden
    .replace(/("[^"]*(?:password|secret|token|key)":)"(?:[^"\\]|\\.)*"/gi, '$1"***"')
    .replace(/([?&](?:password|token|secret)=)[^&\s']*/gi, '$1***');
}

function shortened(text: string): string {
  return text.length > MOST ? `${text.slice(0, MOST)}… (${text.length} characters)` : text;
}
