import type { Writable } from 'node:stream';
import type { LoggerService } from '@nestjs/common';
import type { TransportLogger } from '../transport/wire-format.interface.js';

/** Log lines on standard error, so that standard output has answers only. Nest's logger too. */
export class StderrLogger implements TransportLogger, LoggerService {
  constructor(private readonly stderr: Writable) {}

  log(message: unknown, ...about: unknown[]): void {
    this.write('INFO', message, about);
  }

  warn(message: unknown, ...about: unknown[]): void {
    this.write('WARNING', message, about);
  }

  error(message: unknown, ...about: unknown[]): void {
    this.write('ERROR', message, about);
  }

  fatal(message: unknown, ...about: unknown[]): void {
    this.write('FATAL', message, about);
  }

  debug(): void {
    // The reference's commands do not show it either.
  }

  /** Nest gives the context, and before it a stack, behind the message. */
  private write(level: string, message: unknown, about: readonly unknown[]): void {
    const texts = about.filter((part) => typeof part === 'string');
    const context = texts.at(-1);
    const place = context === undefined ? '' : ` [${context}]`;
    const stack = texts.slice(0, -1).map((text) => `\n${text}`);
    const said = typeof message === 'string' ? message : String(message);
    this.stderr.write(`${new Date().toISOString()} ${level}${place} ${said}${stack.join('')}\n`);
  }
}
