import { canonicalDatetime } from '../../../lib/events/text/datetime.js';
import {
  parseMetadataText,
  plainMetadata,
} from '../../../lib/transport/wire/metadata-attributes.js';

const two = (number: number): string => String(number).padStart(2, '0');
const days = ['0000', '0001', '1900', '2000', '2023', '2024', '9999'].flatMap((year) =>
  Array.from({ length: 14 }, (_, month) =>
    Array.from({ length: 33 }, (_, day) => `${year}-${two(month)}-${two(day)}T08:09:10+00:00`),
  ).flat(),
);
const clocks = ['00:00:00', '23:59:59', '24:00:00', '12:60:00', '12:00:60', '1:00:00', '12:00'];
const fractions = ['.123456', '.000001', '.000000', '.5', '.1234567', '.', ''];
const offsets = ['+00:00', '-00:00', 'Z', '+00', '+01:00', '+00:00:00', ''];
const times = clocks.flatMap((clock) =>
  fractions.flatMap((fraction) => offsets.map((o) => `2024-05-07T${clock}${fraction}${o}`)),
);

it('the time of a record is Python’s own form of it, for each day and form', () => {
  const utc = (text: string | undefined) => (text?.endsWith('+00:00') ? text : undefined);
  const all = [...days, ...times];
  const expected = all.map((text) => utc(canonicalDatetime(text)));
  const plain = all.map((text) => plainMetadata('time', Buffer.from(text)));
  expect(all.map((text) => parseMetadataText('time', text))).toEqual(expected);
  expect(all.map((_, i) => plain[i] ?? expected[i])).toEqual(expected);
  expect(plain.filter((text) => text !== undefined).length).toBeGreaterThan(2_000);
});
