import { codecFor } from '../../codec/event-codec.js';
import { type Command, UsageError } from '../command.js';
import { answerLines, textMember, type Line } from '../error-answer.js';
import { bytesFromHex } from '../../codec/avro/raw-bytes.js';
import { toTagged } from '../../codec/tagged-json.js';
import { decodeBody } from '../../consuming/processing/body-decoder.js';
import { OPENEDX_EVENTS_SOURCELIB } from '../../events/catalog/open-edx-events.js';
import { parseRelease, type Release } from '../../events/event-metadata.js';

/** `{"event_type","data"}` gives `{"hex"}`. */
export const encode: Command = {
  name: 'encode',
  usage: 'encode < lines',
  summary: 'JSON lines {"event_type","data"} to {"hex"}: the Avro body without framing',
  options: {},
  async run(_values, io, host) {
    const catalog = await host.catalog();
    return answerLines(io, (line) => {
      const codec = codecFor(catalog.require(textMember(line, 'event_type')));
      return { hex: codec.encode(line['data']).toString('hex') };
    });
  },
};

/**
 * `{"event_type","hex"}`, and `"sourcelib"` where the body was written by another release, gives `{"data"}`.
 * With `--framed` the bytes are the whole value of a Kafka record, and the schema registry is asked.
 */
export const decode: Command = {
  name: 'decode',
  usage: 'decode [--framed] < lines',
  summary:
    'JSON lines {"event_type","hex","sourcelib"?} to {"data"}; --framed: values of Kafka records, the registry is asked',
  options: { framed: { type: 'boolean' } },
  async run(values, io, host) {
    const framed = values['framed'] === true ? (await host.schemas()).schemas : undefined;
    const catalog = await host.catalog();
    return answerLines(io, async (line) => {
      const type = textMember(line, 'event_type');
      const codec = codecFor(catalog.require(type));
      const body = bytesFromHex(textMember(line, 'hex'));
      if (body === undefined) throw new UsageError('hex is not hexadecimal');
      if (framed) {
        const { schemaId, writerSchema, body: inside } = await framed.read(body, type);
        return { data: toTagged(codec.decode(inside, writerSchema)), schema_id: schemaId };
      }
      const { data, writerRelease, warnings } = decodeBody(codec, body, sourcelibOf(line), {
        eventType: type,
      });
      return {
        data: toTagged(data),
        ...(writerRelease === null ? {} : { writer_release: writerRelease }),
        ...(warnings.length === 0 ? {} : { warnings }),
      };
    });
  },
};

/** Left out: that of our own release; null: the record names none. */
function sourcelibOf({ sourcelib }: Line): Release | undefined {
  if (sourcelib === null) return undefined;
  if (sourcelib === undefined) return OPENEDX_EVENTS_SOURCELIB;
  const release = typeof sourcelib === 'string' ? parseRelease(sourcelib) : releaseOf(sourcelib);
  if (release === undefined)
    throw new UsageError('sourcelib is not a release: "9.14.0" or [9, 14, 0]');
  return release;
}

function releaseOf(parts: unknown): Release | undefined {
  if (!Array.isArray(parts) || parts.length > 4) return undefined;
  const texts = parts.map((part: unknown) =>
    typeof part === 'number' || typeof part === 'string' ? String(part) : '',
  );
  return texts.every((text) => /^\d+$/.test(text)) ? parseRelease(texts.join('.')) : undefined;
}
