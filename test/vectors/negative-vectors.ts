import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, 'data', 'negative');

/** A recorded message, put on the broker by hand, and what the reference's consumer did with it. */
export interface NegativeVector {
  readonly name: string;
  readonly situation?: true;
  readonly fields: readonly { readonly name_hex: string; readonly value_hex: string }[];
  readonly result: string;
  readonly event?: {
    readonly metadata: Readonly<Record<string, unknown>>;
    readonly data: unknown;
  };
  readonly error?: { readonly class: string; readonly message: string };
  readonly acknowledged?: boolean;
}

export function negativeVectors(transport: string): readonly NegativeVector[] {
  return readdirSync(FOLDER)
    .filter((file) => file.startsWith(`${transport}.`))
    .map((file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')));
}
