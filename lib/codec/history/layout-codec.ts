import { InvalidEventDataError, UnusableRecordError } from '../../errors/index.js';
import type { EventDefinition } from '../../events/event-definition.js';
import { earlierDefinition } from './earlier-definition.js';
import { codecFor } from '../event-codec.js';
import type { EventCodec } from '../avro/event-codec.interface.js';
import type { KnownLayout } from './event-layouts.js';
import { changeToToday } from './layout-change.js';
import { MalformedBody } from '../avro/malformed.js';
import { bodyOf } from '../avro/shape.js';
import { dataForEarlier, type WritableData } from '../avro/writable-data.js';

/** Reads and writes bodies in an earlier layout; the data is that of today's definition. */
export interface LayoutCodec {
  /** Equal to the text that the releases of this layout, from 7.2.0, send to the schema registry. */
  readonly schema: string;
  /**
   * Throws UnusableRecordError for anything but one whole, valid value in the earlier layout, and
   * where a field is new since and has no default.
   */
  decode(body: Uint8Array): unknown;
  /**
   * Throws InvalidEventDataError with the path of every problem: what the earlier definition refuses,
   * what it needs and today's data lacks, and any value but the default in a field that is new since.
   */
  encode(data: unknown): Buffer;
}

const codecs = new WeakMap<EventDefinition, Map<string, LayoutCodec>>();

/** Compiled at the first call for the definition and layout. */
export function layoutCodecFor(definition: EventDefinition, layout: KnownLayout): LayoutCodec {
  let known = codecs.get(definition);
  if (known === undefined) codecs.set(definition, (known = new Map<string, LayoutCodec>()));
  let codec = known.get(layout.layout);
  if (codec === undefined)
    known.set(layout.layout, (codec = new EarlierLayoutCodec(definition, layout)));
  return codec;
}

class EarlierLayoutCodec implements LayoutCodec {
  readonly schema: string;
  private readonly earlier: EventCodec;
  private readonly toToday: (data: unknown) => unknown;

  constructor(
    private readonly today: EventDefinition,
    private readonly layout: KnownLayout,
  ) {
    this.earlier = codecFor(earlierDefinition(today, layout.layout));
    this.schema = this.earlier.schema;
    this.toToday = changeToToday(bodyOf(this.earlier.definition), bodyOf(today));
  }

  decode(body: Uint8Array): unknown {
    const data: unknown = this.earlier.decode(body);
    try {
      return this.toToday(data);
    } catch (error) {
      if (!(error instanceof MalformedBody)) throw error;
      const path = error.path.join('.').replaceAll('.[', '[');
      throw new UnusableRecordError(`${path}: ${error.reason} ${this.where}`, {
        eventType: this.today.type,
      });
    }
  }

  encode(data: unknown): Buffer {
    const { earlier, today } = this;
    const writable = this.writable(data);
    let { problems } = writable;
    try {
      const body = earlier.encode(writable.data);
      if (problems.length === 0) return body;
    } catch (error) {
      if (!(error instanceof InvalidEventDataError)) throw error;
      problems = [...problems, ...error.problems];
    }
    throw new InvalidEventDataError(
      problems.map(({ path, message }) => ({ path, message: `${message} ${this.where}` })),
      { eventType: today.type },
    );
  }

  private writable(data: unknown): WritableData {
    try {
      return dataForEarlier(bodyOf(this.earlier.definition), bodyOf(this.today), data);
    } catch (cause) {
      const problems = [{ path: 'data', message: 'could not be read' }];
      throw new InvalidEventDataError(problems, { eventType: this.today.type, cause });
    }
  }

  private get where(): string {
    return `(layout of openedx-events ${this.layout.release})`;
  }
}
