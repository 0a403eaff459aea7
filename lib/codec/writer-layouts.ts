import { canonicalLayout, parseSchema } from './foreign-schema.js';
import { UnusableLayout } from './malformed.js';
import type { RawBuffer } from './raw-buffer.js';
import { SchemaResolver } from './schema-resolver.js';
import type { AnyRecord } from './shape.js';

const MOST_LAYOUTS = 64;

type ToReaderLayout = (body: RawBuffer) => RawBuffer;

/**
 * Brings bodies that were written with another schema into the layout of the event's own one.
 *
 * Each writer's text is looked at once (the last 64 are kept). A text that only looks different,
 * such as a registry's own form of the same schema, costs nothing further.
 */
export class WriterLayouts {
  private readonly known = new Map<string, ToReaderLayout>();

  /** `readerText` is the schema of `body`. */
  constructor(
    private readonly readerText: string,
    private readonly body: AnyRecord,
  ) {}

  /** Throws MalformedBody when the body does not follow the writer's schema, or cannot be resolved. */
  toReaderLayout(body: RawBuffer, writerText: string): RawBuffer {
    let convert = this.known.get(writerText);
    if (convert === undefined) {
      convert = this.converterFor(writerText);
      const oldest = this.known.keys().next();
      if (this.known.size >= MOST_LAYOUTS && !oldest.done) this.known.delete(oldest.value);
      this.known.set(writerText, convert);
    }
    return convert(body);
  }

  private converterFor(writerText: string): ToReaderLayout {
    try {
      const writer = parseSchema(writerText);
      const reader = parseSchema(this.readerText);
      if (canonicalLayout(writer) === canonicalLayout(reader)) return (body) => body;
      const resolver = new SchemaResolver(writer, reader, this.body);
      return (body) => resolver.resolve(body);
    } catch (cause) {
      if (cause instanceof UnusableLayout) throw cause;
      return () => {
        throw new UnusableLayout('the schema of the writer does not resolve to that of the event', {
          cause,
        });
      };
    }
  }
}
