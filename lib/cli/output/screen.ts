import { Writable } from 'node:stream';
import { columnsOf, isTerminal } from './style.js';

const TO_BEGIN_AND_CLEAR = '\r\x1b[K';

/**
 * The line of progress at the bottom of a terminal. Whatever else is written there goes through `stderr`, or calls
 * `clear` before: so it never mixes with that line. Without a terminal nothing is ever drawn.
 */
export class Screen {
  /** For log lines. */
  readonly stderr: Writable;
  readonly isTerminal: boolean;
  private drawn = false;

  constructor(private readonly real: Writable) {
    this.isTerminal = isTerminal(real);
    this.stderr = this.isTerminal ? this.clearing() : real;
  }

  /** Draws the line in the place of the last one; what does not fit on the terminal is cut off. */
  draw(line: string): void {
    if (!this.isTerminal) return;
    this.drawn = true;
    this.real.write(TO_BEGIN_AND_CLEAR + line.slice(0, columnsOf(this.real) - 1));
  }

  clear(): void {
    if (!this.drawn) return;
    this.drawn = false;
    this.real.write(TO_BEGIN_AND_CLEAR);
  }

  private clearing(): Writable {
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.clear();
        this.real.write(chunk, () => done());
      },
    });
  }
}
