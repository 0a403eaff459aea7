import { codecFor } from '../../codec/event-codec.js';
import { toTagged } from '../../codec/tagged-json.js';
import { UsageError } from '../usage-error.js';
import type { Command } from '../command.interface.js';
import { answerLines, textMember } from '../answer-lines.js';

/** `{"event_type","hex"}` gives `{"data"}`. */
export const decode: Command = {
  name: 'decode',
  usage: 'decode < lines',
  summary: 'JSON lines {"event_type","hex"} to {"data"}',
  options: {},
  async run(_values, io, host) {
    const catalog = await host.catalog();
    return answerLines(io, (line) => {
      const codec = codecFor(catalog.require(textMember(line, 'event_type')));
      const hex = textMember(line, 'hex');
      if (!/^(?:[0-9a-fA-F]{2})*$/.test(hex)) throw new UsageError('hex is not hexadecimal');
      return { data: toTagged(codec.decode(Buffer.from(hex, 'hex'))) };
    });
  },
};
