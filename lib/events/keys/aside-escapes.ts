/** A text of which `$` is written `$$` and `::` is written `$::`, from the left; undefined where it is not written so. */
export function unescapeV1(text: string): string | undefined {
  let plain = '';
  let kept = 0;
  // A colon of its own may stand before none: two of them would have been escaped together.
  let afterColon = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === ':') {
      if (afterColon) return undefined;
      afterColon = true;
    } else if (character === '$') {
      const isDollar = text[at + 1] === '$';
      if (!isDollar && (afterColon || !text.startsWith('::', at + 1))) return undefined;
      plain += text.slice(kept, at);
      kept = at + 1;
      at += isDollar ? 1 : 2;
      afterColon = false;
    } else afterColon = false;
  }
  return plain + text.slice(kept);
}

/** A text of which `$` and `:` are each written with a `$` before; undefined where it is not written so. */
export function unescapeV2(text: string): string | undefined {
  let plain = '';
  let kept = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === ':') return undefined;
    if (text[at] !== '$') continue;
    plain += text.slice(kept, at);
    kept = ++at;
    if (text[at] !== '$' && text[at] !== ':') return undefined;
  }
  return plain + text.slice(kept);
}
