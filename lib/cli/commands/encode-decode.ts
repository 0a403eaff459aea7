import { codecFor } from '../../codec/event-codec.js';
import { type Command, UsageError } from '../command.js';
import { answerLines, textMember, type Line } from '../error-answer.js';
import { bytesFromHex } from '../../codec/avro/raw-bytes.js';
import { toTagged } from '../../codec/tagged-json.js';
import { decodeBody } from '../../consuming/processing/body-decoder.js';
import { outsideText } from '../../errors/outside-text.js';
import { OPENEDX_EVENTS_SOURCELIB } from '../../events/catalog/open-edx-events.js';
import { parseRelease, type Release } from '../../events/event-metadata.js';
import type { Answer } from '../output/answers.js';
import { readableData } from '../output/readable.js';
import { eventTypeAdvice } from '../suggestions.js';

/** `{"event_type","data"}` gives `{"hex"}`. */
export const encode: Command = {
  name: 'encode',
  summary: 'Encode event data as Avro',
  description:
    'Reads JSON lines {"event_type","data"} and answers each, in order, with {"hex"}: the Avro body without framing.',
  options: [],
  examples: [
    {
      line: `encode <<< '{"event_type": "org.openedx.enterprise.subsidy.redeemed.v1", "data": {"redemption": {"subsidy_identifier": "s1", "content_key": "c1", "lms_user_id": 7}}}'`,
      does: 'the bytes of one event',
    },
  ],
  async run(_values, io, host) {
    const catalog = await host.catalog();
    return answerLines(io, eventTypeAdvice(catalog), (line) => {
      const codec = codecFor(catalog.require(textMember(line, 'event_type')));
      const hex = codec.encode(line['data']).toString('hex');
      return { json: { hex }, text: () => hex };
    });
  },
};

/**
 * `{"event_type","hex"}`, and `"sourcelib"` where the body was written by another release, gives `{"data"}`.
 * With `--framed` the bytes are the whole value of a Kafka record, and the schema registry is asked.
 */
export const decode: Command = {
  name: 'decode',
  summary: 'Decode the Avro body of events',
  description:
    'Reads JSON lines {"event_type","hex"} and answers each, in order, with {"data"}. If the event was written with ' +
    'another openedx-events release than that of this package, name the release in the line: "sourcelib":"9.14.0".',
  options: [
    {
      flags: '--framed',
      description:
        'the input is complete Kafka record values; their schemas are looked up in the schema registry',
      default: 'off',
    },
  ],
  examples: [
    {
      line: `decode <<< '{"event_type": "org.openedx.enterprise.subsidy.redeemed.v1", "hex": "0473310463310e"}'`,
      does: 'the data of one event',
    },
  ],
  async run(values, io, host) {
    const framed = values['framed'] === true ? (await host.schemas()).schemas : undefined;
    const catalog = await host.catalog();
    return answerLines(io, eventTypeAdvice(catalog), async (line) => {
      const type = textMember(line, 'event_type');
      const codec = codecFor(catalog.require(type));
      const body = bytesFromHex(textMember(line, 'hex'));
      if (body === undefined) throw new UsageError('hex is not hexadecimal');
      if (framed) {
        const { schemaId, writerSchema, body: inside } = await framed.read(body, type);
        return decoded(codec.decode(inside, writerSchema), { schema_id: schemaId });
      }
      const { data, writerRelease, warnings } = decodeBody(codec, body, sourcelibOf(line), {
        eventType: type,
      });
      return decoded(data, {
        ...(writerRelease === null ? {} : { writer_release: writerRelease }),
        ...(warnings.length === 0 ? {} : { warnings }),
      });
    });
  },
};

function decoded(data: unknown, more: Readonly<Record<string, unknown>>): Answer {
  const tagged = toTagged(data);
  return {
    json: { data: tagged, ...more },
    text: (style) => {
      const about = Object.entries(more).map(([name, value]) =>
        style.dim(`${name}=${outsideText(String(value as string))}`),
      );
      return [readableData(tagged, style), ...about].join('  ');
    },
  };
}

/** Left out: that of our own release; null: the record names none. */
function sourcelibOf({ sourcelib }: Line): Release | undefined {
  if (sourcelib === null) return undefined;
  if (sourcelib === undefined) return OPENEDX_EVENTS_SOURCELIB;
  const release = typeof sourcelib === 'string' ? parseRelease(sourcelib) : releaseOf(sourcelib);
  if (release === undefined)
    throw new UsageError('sourcelib must be a version such as "9.14.0" or [9, 14, 0]');
  return release;
}

function releaseOf(parts: unknown): Release | undefined {
  if (!Array.isArray(parts) || parts.length > 4) return undefined;
  const texts = parts.map((part: unknown) =>
    typeof part === 'number' || typeof part === 'string' ? String(part) : '',
  );
  return texts.every((text) => /^\d+$/.test(text)) ? parseRelease(texts.join('.')) : undefined;
}
