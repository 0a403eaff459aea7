import {
  InvalidEventDataError,
  UnserializableEventError,
  UnusableRecordError,
} from '../errors/index.js';
import { UNREADABLE } from '../errors/thrown-values.js';
import type { DataInputOf, DataOf, EventDefinition } from '../events/event-definition.js';
import { schemaTextOf } from './avro/avro-schema.js';
import { BodyReader, TRUNCATED } from './avro/body-reader.js';
import { explainData } from './avro/explain-data.js';
import { generateRecord } from './avro/generated-records.js';
import { interpretRecord } from './avro/interpreted-records.js';
import { MalformedBody, UnusableSchema, type RawBuffer } from './avro/raw-bytes.js';
import { bytesOf, type RecordFunctions } from './avro/record-functions.js';
import { type AnyRecord, bodyOf } from './avro/shape.js';
import { wrongDefaultIn } from './avro/wrong-default.js';
import { WriterSchemas } from './resolution/schema-resolver.js';
import { MOST_BYTES, NOT_VALID, TOO_LARGE } from './avro/write-values.js';

/** Turns the data of one event into Avro bytes and back. Made by `codecFor`. It keeps nothing between calls. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- most callers know the event only at run time
export interface EventCodec<Data = any, Input = any> {
  /** The event that it was made for. */
  readonly definition: EventDefinition;
  /** The Avro schema of the event as JSON: the same text that the Python services send to the schema registry. */
  readonly schema: string;
  /**
   * The Avro body, without framing. The buffer is new. Throws InvalidEventDataError with the path of every problem
   * (the first hundred).
   */
  encode(data: Input): Buffer;
  /**
   * The data of an Avro body. A `writerSchema` other than `schema` is what the body was written with: the value is read
   * with it and resolved to the definition, by Avro's rules. Throws UnusableRecordError for a body that is not exactly
   * one valid value.
   */
  decode(body: Uint8Array, writerSchema?: string): Data;
  /** A deep copy of decoded data, which shares no object with it. */
  copy(data: Data): Data;
}

const codecs = new WeakMap<EventDefinition, EventCodec>();

/**
 * The codec of an event, compiled at the first call for the definition. Throws
 * UnserializableEventError when the event cannot travel.
 */
export function codecFor<E extends EventDefinition>(
  definition: E,
): EventCodec<DataOf<E>, DataInputOf<E>> {
  let codec = codecs.get(definition);
  if (codec === undefined) codecs.set(definition, (codec = new CompiledCodec(definition)));
  return codec as EventCodec<DataOf<E>, DataInputOf<E>>;
}

class CompiledCodec implements EventCodec {
  readonly schema: string;
  private readonly body: AnyRecord;
  private readonly functions: RecordFunctions;
  private readonly writers: WriterSchemas;
  /** Taken away while it is in use: a custom field type may call this codec again. */
  private idleReader: BodyReader | undefined;

  constructor(readonly definition: EventDefinition) {
    this.schema = schemaTextOf(definition);
    this.body = bodyOf(definition);
    this.writers = new WriterSchemas(this.schema, this.body);
    try {
      this.functions = generateRecord(this.body) ?? interpretRecord(this.body);
    } catch (error) {
      throw new UnserializableEventError(
        definition.type,
        this.wrongDefault(),
        error === NOT_VALID ? {} : { cause: error },
      );
    }
  }

  encode(data: unknown): Buffer {
    try {
      return bytesOf(this.functions, data);
    } catch (error) {
      throw this.invalid(data, error);
    }
  }

  decode(body: Uint8Array, writerSchema: string = this.schema): unknown {
    let bytes =
      typeof (body as RawBuffer).latin1Slice === 'function'
        ? (body as RawBuffer)
        : (Buffer.from(body.buffer, body.byteOffset, body.byteLength) as RawBuffer);
    try {
      if (writerSchema !== this.schema) bytes = this.writers.toReaderSchema(bytes, writerSchema);
      return this.read(this.functions, bytes);
    } catch (error) {
      throw this.unusable(bytes, error);
    }
  }

  copy(data: unknown): unknown {
    return this.functions.copy(data);
  }

  private read(functions: RecordFunctions, bytes: RawBuffer): unknown {
    const reader = this.idleReader ?? new BodyReader();
    this.idleReader = undefined;
    reader.open(bytes);
    try {
      const value = functions.read(reader);
      reader.checkDone();
      return value;
    } catch (error) {
      if (error instanceof MalformedBody && reader.at > reader.end) error.reason = TRUNCATED;
      throw error;
    } finally {
      reader.close();
      this.idleReader = reader;
    }
  }

  private wrongDefault(): string {
    const wrong = wrongDefaultIn(this.body);
    return wrong
      ? `${wrong.path}: the default is not valid: ${wrong.message}`
      : 'the default of a field is not valid';
  }

  private invalid(data: unknown, error: unknown): InvalidEventDataError {
    const eventType = this.definition.type;
    if (error === TOO_LARGE)
      return new InvalidEventDataError(
        [{ path: 'data', message: `larger than ${MOST_BYTES} bytes when encoded` }],
        { eventType },
      );
    try {
      const problems = explainData(this.body, data);
      if (problems.length > 0) return new InvalidEventDataError(problems, { eventType });
    } catch (cause) {
      return new InvalidEventDataError([{ path: 'data', message: UNREADABLE }], {
        eventType,
        cause,
      });
    }
    return new InvalidEventDataError(
      [{ path: 'data', message: 'was modified while it was being encoded' }],
      {
        eventType,
        cause: error,
      },
    );
  }

  private unusable(bytes: RawBuffer, error: unknown): UnusableRecordError {
    const found = error instanceof MalformedBody ? this.located(bytes, error) : error;
    const options = { eventType: this.definition.type };
    if (!(found instanceof MalformedBody))
      return new UnusableRecordError('the body cannot be decoded', { ...options, cause: found });
    const { cause } = found;
    const path = found.path.join('.').replaceAll('.[', '[');
    const reason = path === '' ? found.reason : `${path}: ${found.reason}`;
    return new UnusableRecordError(reason, cause === undefined ? options : { ...options, cause });
  }

  /** The generated functions keep no path; the closures stop at the same place and know it. */
  private located(bytes: RawBuffer, error: MalformedBody): unknown {
    if (error instanceof UnusableSchema || error.path.length > 0) return error;
    try {
      this.read(interpretRecord(this.body), bytes);
    } catch (located) {
      return located;
    }
    return error;
  }
}
