import type { ValueKind } from '../command.js';

/** A command as completion scripts know it. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  readonly arguments: readonly CompletedArgument[];
}

export interface CompletedOption {
  readonly names: readonly string[];
  readonly takesValue: boolean;
  readonly description: string;
  readonly value: ValueKind | undefined;
}

export interface CompletedArgument {
  readonly words?: readonly string[] | undefined;
  readonly value?: ValueKind | undefined;
}

export interface CompletionScript {
  /** Of the program. */
  readonly name: string;
  readonly commands: readonly CompletedCommand[];
  readonly values: Readonly<Partial<Record<ValueKind, readonly string[]>>>;
}

/** The name of a shell function or variable for the program. */
export function identifierOf(name: string): string {
  return `_${name.replace(/\W/g, '_')}`;
}
