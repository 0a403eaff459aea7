import { codecFor } from '../../codec/event-codec.js';
import type { Command } from '../option-values.js';
import { answerLines, textMember } from '../error-answer.js';

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
