import { outsideText } from '../../../lib/errors/outside-text.js';

describe('a text from outside, as it is shown', () => {
  it('stays as it is where it is plain', () => {
    expect(outsideText('org.openedx.learning.café.v1 "quoted" \\ 数')).toBe(
      'org.openedx.learning.café.v1 "quoted" \\ 数',
    );
  });

  it.each([
    ['a\nb', 'a\\nb'],
    ['a\r\tb', 'a\\r\\tb'],
    ['\x1b[31mred', '\\u001b[31mred'],
    ['a\x00\x7f\x9bb', 'a\\u0000\\u007f\\u009bb'],
    ['a\u2028b\u2029c', 'a\\u2028b\\u2029c'],
    ['\u202eevil\u2066', '\\u202eevil\\u2066'],
    ['\ufeffa\u200b', '\\ufeffa\\u200b'],
    ['a\u061cb\u206ac', 'a\\u061cb\\u206ac'],
    ['a\u2060b\u2064\u00adc', 'a\\u2060b\\u2064\\u00adc'],
    ['a\u180eb\u3164c\ufe0f', 'a\\u180eb\\u3164c\\ufe0f'],
    ['tag\u{e0041}\u{e007f}', 'tag\\udb40\\udc41\\udb40\\udc7f'],
    ['note\u{1d173}\ufff9', 'note\\ud834\\udd73\\ufff9'],
    ['a\ud800b', 'a\\ud800b'],
    ['😀', '😀'],
  ])('escapes what a terminal or a log would act on: %j', (text, shown) => {
    expect(outsideText(text)).toBe(shown);
  });

  it('is cut, and says how long it was', () => {
    expect(outsideText('x'.repeat(257))).toBe(`${'x'.repeat(256)}… (257 characters)`);
    expect(outsideText('x'.repeat(256))).toBe('x'.repeat(256));
    expect(outsideText('\n'.repeat(9), 4)).toBe('\\n\\n\\n\\n… (9 characters)');
    expect(outsideText('ab😀', 3)).toBe('ab\\ud83d… (4 characters)');
  });
});
