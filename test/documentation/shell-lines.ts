import type { Block } from './pages.js';

/** One command of a block of shell lines. */
export interface ShellCommand {
  readonly page: string;
  readonly line: number;
  /** Without what is set before it, such as `NAME=value`; without `npx`. */
  readonly words: readonly string[];
  /** The whole line that it stands in, with those that continue it. */
  readonly text: string;
}

export function isShell({ language }: Block): boolean {
  return language === 'sh' || language === 'bash';
}

/** The commands of a block, in order: those behind `|`, `&&`, `||`, `;` and `&` too. */
export function commandsIn({ page, line, text }: Block): ShellCommand[] {
  const commands: ShellCommand[] = [];
  let begun: string[] = [];
  text.split('\n').forEach((one, i) => {
    begun.push(one);
    if (one.endsWith('\\')) return;
    const whole = begun.join('\n');
    const at = line + i - begun.length + 1;
    begun = [];
    for (const words of wordsOf(whole))
      if (words.length > 0) commands.push({ page, line: at, words, text: whole });
  });
  return commands;
}

/** The words of each command of a line, without quotes and comments. */
function wordsOf(line: string): string[][] {
  const commands: string[][] = [[]];
  const tokens = line.replaceAll('\\\n', ' ').matchAll(TOKEN);
  for (const [token, comment, separator] of tokens) {
    if (comment !== undefined) break;
    if (separator !== undefined) commands.push([]);
    else commands.at(-1)!.push(token.replace(QUOTED, (_all, single, double) => single ?? double));
  }
  return commands.map(commandOf);
}

const TOKEN = /(#.*)|(\|\||&&|[|;&])|(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"|;&\\])+/g;
const QUOTED = /'([^']*)'|"((?:\\.|[^"\\])*)"/g;

function commandOf(words: readonly string[]): string[] {
  const first = words.findIndex((word) => !/^(\w+=.*|npx|export)$/s.test(word));
  return first < 0 ? [] : words.slice(first);
}
