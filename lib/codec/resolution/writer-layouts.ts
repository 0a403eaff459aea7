import { canonicalLayout, type ForeignSchema, parseSchema } from './foreign-schema.js';
import { UnusableLayout } from '../avro/malformed.js';
import type { RawBuffer } from '../avro/raw-buffer.js';
import { SchemaResolver } from './schema-resolver.js';
import type { AnyRecord } from '../avro/shape.js';

const MOST_LAYOUTS = 64;
const MOST_CHARACTERS = 4_000_000;

type ToReaderLayout = (body: RawBuffer) => RawBuffer;

/**
 * Brings bodies that were written with another schema into the layout of the event's own one.
 *
 * Each writer's text is looked at once (the last 64 are kept, or as many as have four million characters).
 * A text that only looks different, such as a registry's own form of the same schema, costs nothing further.
 */
export class WriterLayouts {
  private readonly known = new Map<string, ToReaderLayout>();
  private characters = 0;
  private ownLayout: string | undefined;

  /** `readerText` is the schema of `body`. */
  constructor(
    private readonly readerText: string,
    private readonly body: AnyRecord,
  ) {}

  /** Throws UnusableLayout when the body does not follow the writer's schema, or cannot be resolved. */
  toReaderLayout(body: RawBuffer, writerText: string): RawBuffer {
    let convert = this.known.get(writerText);
    if (convert === undefined) {
      convert = this.converterFor(writerText);
      // A longer text is refused by its length alone.
      if (writerText.length < MOST_CHARACTERS / 4) this.remember(writerText, convert);
    }
    return convert(body);
  }

  private remember(text: string, convert: ToReaderLayout): void {
    this.characters += text.length;
    for (const [oldest] of this.known) {
      if (this.known.size < MOST_LAYOUTS && this.characters <= MOST_CHARACTERS) break;
      this.known.delete(oldest);
      this.characters -= oldest.length;
    }
    this.known.set(text, convert);
  }

  private converterFor(writerText: string): ToReaderLayout {
    let writer: ForeignSchema;
    try {
      writer = parseSchema(writerText);
    } catch (error) {
      if (!(error instanceof UnusableLayout)) throw error;
      const { message } = error;
      return () => {
        throw new UnusableLayout(message);
      };
    }
    this.ownLayout ??= canonicalLayout(parseSchema(this.readerText));
    if (canonicalLayout(writer) === this.ownLayout) return (body) => body;
    const resolver = new SchemaResolver(writer, this.body);
    return (body) => resolver.resolve(body);
  }
}
