/** The bytes of a hexadecimal text, in lower or upper case; undefined for any other text. */
export function bytesFromHex(text: string): Buffer | undefined {
  return text.length % 2 === 0 && /^[0-9a-f]*$/i.test(text) ? Buffer.from(text, 'hex') : undefined;
}
