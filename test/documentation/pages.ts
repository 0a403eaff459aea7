import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PROJECT } from '../services/service-cache.js';

/** A fenced block of a page. */
export interface Block {
  /** Path of the page in the project. */
  readonly page: string;
  /** Of the first line inside the fence. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** The pages for users: README.md, those under docs, and the README of each example. */
export function pages(): string[] {
  const markdown = (folder: string): string[] =>
    readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.md') && !file.includes('node_modules'))
      .map((file) => join(folder, file))
      .sort();
  return ['README.md', ...markdown('docs'), ...markdown('examples')];
}

export function blocksOf(page: string): Block[] {
  return blocksIn(page, readFileSync(join(PROJECT, page), 'utf8'));
}

/** Throws where a fence is never closed. */
export function blocksIn(page: string, text: string): Block[] {
  const blocks: Block[] = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const fence = /^( *)```(\w*)/.exec(lines[i]!);
    if (!fence) continue;
    const indent = fence[1]!.length;
    const end = lines.indexOf(`${fence[1]}\`\`\``, i + 1);
    if (end < 0) throw new Error(`${page}:${i + 1}: the code block has no end`);
    const inside = lines.slice(i + 1, end).map((line) => line.slice(indent));
    blocks.push({ page, line: i + 2, language: fence[2]!, text: inside.join('\n') });
    i = end;
  }
  return blocks;
}

/** The scripts of the package that a page belongs to. */
export function scriptsBeside(page: string): readonly string[] {
  const folder = page.startsWith('examples/') ? dirname(page) : '.';
  const file = join(PROJECT, folder === 'examples' ? '.' : folder, 'package.json');
  const { scripts } = JSON.parse(readFileSync(file, 'utf8')) as { scripts: object };
  return Object.keys(scripts);
}
