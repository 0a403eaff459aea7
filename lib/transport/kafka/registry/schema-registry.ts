import { monotonicNow } from '../../../common/clocks.js';
import {
  SchemaRefusedError,
  ServiceFaultError,
  UnusableRecordError,
} from '../../../errors/index.js';
import { outsideText } from '../../../errors/outside-text.js';
import { RegistryAccessError, type RegistryAnswer } from './registry-faults.js';
import { type Patience, RegistryHttp } from './registry-http.js';
import type { SchemaRegistrySettings } from './registry-options.js';
import { SharedAnswers } from './shared-answers.js';
import { Turns } from './turns.js';

const REFUSAL_MS = 60_000;
const UNKNOWN_ID_MS = 10_000;
const NO_ACCESS_MS = 1_000;
/** Ids are positive integers of Java; a registry takes a larger one for a path that it does not have. */
const LARGEST_ID = 2 ** 31 - 1;

/** Of those that a registry gives for a refusal. */
const MOST_REASONS = 20;
const LONGEST_REASON = 1_000;

/** How a schema stands to what its subject holds. */
export type SchemaComparison =
  | { readonly state: 'registered'; readonly id: number }
  /** Some registries call anything compatible with a subject that they do not have. */
  | { readonly state: 'compatible' | 'newSubject' }
  | { readonly state: 'incompatible'; readonly reasons: readonly string[] };

/**
 * Ids and schemas, asked for once and known as long as there are not a thousand later ones. Nothing but schemas is ever written: never
 * the configuration of the registry or of a subject.
 *
 * An answer that is known comes at once, else as a promise. The promises reject with
 * ServiceFaultError while the registry is away, slow or refusing us.
 */
export interface SchemaRegistry {
  /**
   * The schema text of an id. Rejects with UnusableRecordError, which names the id and `subject`,
   * when the registry said twice, a moment apart, that it does not have the id, and at once for one
   * that no registry can have, for what is no Avro schema and for what is larger than an answer may be.
   */
  schemaOf(id: number, subject: string): string | Promise<string>;
  /**
   * The id of a schema text under a subject, registered first where that is allowed; one subject gets
   * one schema at a time. Rejects with SchemaRefusedError when the registry will not take it; it is then
   * not asked again for a minute. `deadline` is by `monotonicNow`.
   */
  idOf(subject: string, schema: string, deadline: number): number | Promise<number>;
}

/** A registry with Confluent's API (Confluent's own, Apicurio, Karapace). */
export class SchemaRegistryClient implements SchemaRegistry {
  private readonly http: RegistryHttp;
  private readonly schemas = new SharedAnswers<number, string>(rememberMs);
  private readonly ids = new SharedAnswers<string, number>(rememberMs);
  private readonly turns = new Turns();

  constructor(private readonly settings: SchemaRegistrySettings) {
    this.http = new RegistryHttp(settings);
  }

  schemaOf(id: number, subject: string): string | Promise<string> {
    const known = this.schemas.known(id);
    if (known !== undefined) return known;
    const deadline = monotonicNow() + this.settings.readPatienceMs;
    return this.schemas.ask(id, deadline, (patience) => this.fetchSchema(id, subject, patience));
  }

  idOf(subject: string, schema: string, deadline: number): number | Promise<number> {
    const key = `${subject}\n${schema}`;
    return (
      this.ids.known(key) ??
      this.ids.ask(key, deadline, (patience) => this.fetchId(subject, schema, patience))
    );
  }

  /** Compares without registering. Rejects with SchemaRefusedError when the schema is not valid. */
  async compare(subject: string, schema: string, deadline: number): Promise<SchemaComparison> {
    const patience = { deadline };
    const found = await this.postSchema(subjectPath(subject), schema, patience);
    if (found.status < 300) return { state: 'registered', id: idIn(found) };
    if (found.status !== 404) throw refusal(subject, schema, found);
    const path = `/compatibility${subjectPath(subject)}/versions/latest?verbose=true`;
    const answer = await this.postSchema(path, schema, patience);
    if (answer.status === 404 && hasHyphen(schema))
      throw new SchemaRefusedError(subject, 422, `our schema will be refused${HYPHEN}`);
    if (answer.status === 404) return { state: 'newSubject' };
    if (answer.status >= 300) throw refusal(subject, schema, answer);
    if (answer.isTooLarge) throw unexpected('a comparison that can be read', answer);
    const { is_compatible: isCompatible, messages } = answer.body ?? {};
    if (isCompatible === true) return { state: 'compatible' };
    return { state: 'incompatible', reasons: reasonsIn(messages) };
  }

  /** Ends what is under way with ClosedError. Idempotent. */
  close(): void {
    this.http.close();
  }

  private async fetchSchema(id: number, subject: string, patience: Patience): Promise<string> {
    const place = `schema id ${id}, subject ${subject}`;
    if (id > LARGEST_ID) throw new UnusableRecordError(`${place}: no registry gives such an id`);
    const request = { method: 'GET', path: `/schemas/ids/${id}` } as const;
    let answer = await this.http.ask(request, patience);
    if (answer.status === 404) {
      await this.http.pause(this.settings.confirmAfterMs);
      this.http.useAnother();
      answer = await this.http.ask(request, patience);
    }
    if (answer.status === 404)
      throw new UnusableRecordError(`${place}: the registry says twice that it has no such schema`);
    if (answer.status >= 300) throw unexpected(`the schema of id ${id}`, answer);
    if (answer.isTooLarge)
      throw new UnusableRecordError(
        `${place}: the schema is larger than ${this.settings.maxAnswerBytes} bytes (schemaRegistry.maxAnswerBytes)`,
      );
    const { schema, schemaType = 'AVRO' } = answer.body ?? {};
    if (schemaType !== 'AVRO') throw new UnusableRecordError(`${place}: it is no Avro schema`);
    if (typeof schema !== 'string') throw unexpected(`the schema of id ${id}`, answer);
    return schema;
  }

  private async fetchId(subject: string, schema: string, patience: Patience): Promise<number> {
    const answer = this.settings.autoRegister
      ? await this.turns.next(subject, () => this.register(subject, schema, patience))
      : await this.postSchema(subjectPath(subject), schema, patience);
    if (answer.status >= 300) throw refusal(subject, schema, answer);
    return idIn(answer);
  }

  /** A registry that two clients ask at the same moment may call that a conflict: 409, as incompatible. */
  private async register(
    subject: string,
    schema: string,
    patience: Patience,
  ): Promise<RegistryAnswer> {
    const path = `${subjectPath(subject)}/versions?normalize=False`;
    const first = await this.postSchema(path, schema, patience);
    if (first.status !== 409) return first;
    const found = await this.postSchema(subjectPath(subject), schema, patience);
    return found.status < 300 ? found : this.postSchema(path, schema, patience);
  }

  private postSchema(path: string, schema: string, patience: Patience): Promise<RegistryAnswer> {
    const body = { schema, schemaType: 'AVRO', references: [] };
    return this.http.ask({ method: 'POST', path, body }, patience);
  }
}

const subjectPath = (subject: string): string => `/subjects/${encodeURIComponent(subject)}`;

function rememberMs(error: unknown): number {
  if (error instanceof SchemaRefusedError) return REFUSAL_MS;
  if (error instanceof UnusableRecordError) return UNKNOWN_ID_MS;
  return error instanceof RegistryAccessError ? NO_ACCESS_MS : 0;
}

function reasonsIn(messages: unknown): string[] {
  if (!Array.isArray(messages)) return [];
  return messages
    .filter((message) => typeof message === 'string')
    .slice(0, MOST_REASONS)
    .map((message) => outsideText(message, LONGEST_REASON));
}

function idIn(answer: RegistryAnswer): number {
  const { id } = answer.body ?? {};
  if (typeof id === 'number' && Number.isInteger(id) && id >= 0 && id <= LARGEST_ID) return id;
  throw unexpected('a schema id', answer);
}

function unexpected(wanted: string, { status, message }: RegistryAnswer): ServiceFaultError {
  return new ServiceFaultError('Schema registry', `HTTP ${status} without ${wanted} ${message}`);
}

const HYPHEN =
  '; the event type has a hyphen, which Avro takes in no namespace: this event cannot be sent over Kafka';

/** In its namespace: no registry takes that, though it may not say so before it has the subject. */
function hasHyphen(schema: string): boolean {
  return /"namespace": ?"[^"]*-/.test(schema);
}

function refusal(subject: string, schema: string, answer: RegistryAnswer): SchemaRefusedError {
  const { status, code, message } = answer;
  const reasons: Record<number, string> = {
    404: 'our schema is not registered, and registering it is switched off (autoRegister)',
    409: 'our schema is not compatible with what is registered',
  };
  const reason = reasons[status] ?? 'our schema is refused';
  const hint = hasHyphen(schema) ? HYPHEN : '';
  const says = `HTTP ${status}, code ${code}${message && `: ${message}`}`;
  return new SchemaRefusedError(subject, status, `${reason} (${says})${hint}`);
}
