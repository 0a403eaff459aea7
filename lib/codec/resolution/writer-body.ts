import { BodyReader } from '../avro/body-reader.js';
import { malformed } from '../avro/malformed.js';

const MOST_LEVELS = 512;

/** A body that is read by the schema of its writer, which says how deep a value goes. */
export class WriterBody extends BodyReader {
  private level = 0;

  /** Before the parts of a value that may hold values like itself; `leave` after them. */
  enter(): void {
    if (++this.level > MOST_LEVELS) malformed('nested too deeply');
  }

  leave(): void {
    this.level--;
  }

  /** Which of `count` branches or symbols follows. */
  choice(count: number): number {
    const choice = Number(this.long());
    this.checkEnd();
    return choice >= 0 && choice < count ? choice : malformed('no such branch of the union');
  }
}
