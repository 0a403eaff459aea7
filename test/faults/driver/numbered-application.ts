import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { cli } from '../../support/cli.js';
import { buildLibrary } from './built-library.js';
import type { ProgramPlan, TransportPlan } from './fault-bus.interface.js';
import { NUMBERED_TYPE, numberedEvent } from './numbered-events.js';

/** Where the events of a run are, and how applications and the command reach it. */
export interface NumberedPlace {
  /** Of the member, or the life, with this name. */
  readonly transportOf: (name: string) => TransportPlan;
  /** Settings of `produce-event`. */
  readonly env: Readonly<Record<string, string>>;
  readonly makeTopic?: (topic: string) => Promise<void>;
}

/** Numbered events on a topic of their own, and applications of `../processes` that handle them. */
export class NumberedTopic {
  readonly topic = `numbered-${randomUUID()}`;

  private constructor(
    private readonly place: NumberedPlace,
    private readonly library: string,
    readonly events: number,
  ) {}

  /** Makes the topic, sends the events, and does `work`. */
  static async with<T>(
    place: NumberedPlace,
    events: number,
    work: (topic: NumberedTopic) => Promise<T>,
  ): Promise<T> {
    const library = await buildLibrary(join('.cache', `library-${randomUUID()}`));
    try {
      const topic = new NumberedTopic(place, library.address, events);
      await topic.send();
      return await work(topic);
    } finally {
      await library.remove();
    }
  }

  get all(): number[] {
    return Array.from({ length: this.events }, (_, n) => n);
  }

  /** How to start an application that handles the events. */
  planOf(program: string, name: string, config: Readonly<Record<string, unknown>>): ProgramPlan {
    const transport = this.place.transportOf(name);
    const place = { lib: this.library, type: NUMBERED_TYPE, topic: this.topic, group: 'g' };
    const path = join(import.meta.dirname, '..', 'processes', program);
    const args = [path, JSON.stringify({ ...place, transport, ...config })];
    return { program: process.execPath, args };
  }

  private async send(): Promise<void> {
    await this.place.makeTopic?.(this.topic);
    const stdin = this.all.map((n) => numberedEvent(n)).join('\n');
    const { code, log } = await cli(
      ['produce-event', '--type', NUMBERED_TYPE, '--topic', this.topic, '--data', '-'],
      { stdin, env: this.place.env },
    );
    if (code !== 0) throw new Error(`produce-event ended with ${code}:\n${log}`);
  }
}

/** The numbers in lines of the kind `word number ...`. */
export function numbersOf(word: string, lines: readonly string[]): number[] {
  return lines
    .filter((line) => line.startsWith(`${word} `))
    .map((line) => Number(line.split(' ')[1]));
}

/** The figures of the last line `counts ...`. */
export function countsIn(lines: readonly string[]): number[] {
  const line = lines.findLast((one) => one.startsWith('counts ')) ?? '';
  return line.split(' ').slice(1).map(Number);
}
