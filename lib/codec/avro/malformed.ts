/**
 * A body that is not one whole, valid value. Inner to the codec, which turns it into an
 * UnusableRecordError; `path` is filled in on the way out by whoever knows it.
 */
export class MalformedBody extends Error {
  readonly path: string[] = [];

  constructor(
    public reason: string,
    options: { cause?: unknown } = {},
  ) {
    super(reason, options);
  }
}

/** The body does not follow the layout that it is said to be written in, or that layout is of no use here. */
export class UnusableLayout extends MalformedBody {}

export function malformed(reason: string, cause?: unknown): never {
  throw new MalformedBody(reason, { cause });
}
