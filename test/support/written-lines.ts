type Stream = NodeJS.WriteStream;
type Write = Stream['write'];

/** Keeps what this process writes to standard output and standard error, in place of writing it, until `end`. */
export class WrittenLines {
  private text = '';
  private readonly originals = [process.stdout, process.stderr].map<[Stream, Write]>(
    (stream: Stream) => [stream, stream.write.bind(stream)],
  );

  constructor() {
    for (const [stream] of this.originals)
      stream.write = (text: string | Uint8Array) => {
        this.text += String(text);
        return true;
      };
  }

  get lines(): string[] {
    return this.text.split('\n').filter((line) => line !== '');
  }

  end(): void {
    for (const [stream, write] of this.originals) stream.write = write;
  }
}
