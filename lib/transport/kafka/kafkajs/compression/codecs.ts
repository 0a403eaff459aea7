/** kafkajs's codecs by number. */
export type Codecs = Readonly<Record<number, (() => Codec) | undefined>>;

export interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}
