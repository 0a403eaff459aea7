import { BoundedMap } from '../../../common/bounded-map.js';
import { clearTimeout, setTimeout } from 'node:timers';
import { monotonicNow } from '../../../common/clocks.js';
import {
  SchemaRejectedError,
  ServiceUnavailableError,
  UnusableRecordError,
} from '../../../errors/index.js';
import { outsideText } from '../../../errors/outside-text.js';
import {
  RegistryAccessError,
  type RegistryAnswer,
  schemaName,
  type Patience,
  RegistryHttp,
} from './registry-http.js';
import type { SchemaRegistrySettings } from './registry-settings.js';
import { SingleFlight, KeyedMutex } from './single-flight.js';

const REFUSAL_MS = 60_000;
const UNKNOWN_ID_MS = 10_000;
const NO_ACCESS_MS = 1_000;
/** Between two of what is looked up again. */
const BETWEEN_LOOKS_MS = 250;
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
 * Ids and schemas, asked for once and known as long as there are not a thousand later ones. What is used is looked up
 * again now and then, in the background, since a registry that came back empty gives its ids anew. Nothing but schemas
 * is ever written: never the configuration of the registry or of a subject.
 *
 * An answer that is known comes at once, else as a promise. The promises reject with
 * ServiceUnavailableError while the registry is unavailable, slow or rejects the requests.
 */
export interface SchemaRegistry {
  /**
   * The schema text of an id. Rejects with UnusableRecordError, which names the id and `subject`,
   * when the registry said twice, a moment apart, that it does not have the id, and at once for one
   * that no registry can have, for what is no Avro schema, for what is larger than an answer may be, and for the
   * schema of another `name`. Where the registry lacks the subject too, that is a ServiceUnavailableError for a time.
   */
  schemaOf(id: number, subject: string, name?: string): string | Promise<string>;
  /**
   * The id of a schema text under a subject, registered first where that is allowed; one subject gets
   * one schema at a time. Rejects with SchemaRejectedError when the registry will not take it; it is then
   * not asked again for a minute. `deadline` is by `monotonicNow`.
   */
  idOf(subject: string, schema: string, deadline: number): number | Promise<number>;
}

/** A registry with Confluent's API (Confluent's own, Apicurio, Karapace). */
export class SchemaRegistryClient implements SchemaRegistry {
  private readonly http: RegistryHttp;
  private readonly schemas = new SingleFlight<number, KnownSchema>(rememberMs);
  private readonly reads = new SingleFlight<string, string>(rememberMs);
  private readonly ids = new SingleFlight<string, KnownId>(rememberMs);
  private readonly missing: MissingSubjects;
  private readonly turns = new KeyedMutex();
  /** What was not looked at in this round is when it is used. */
  private round = 0;
  private roundTimer: NodeJS.Timeout | undefined;
  private looks: Promise<void> = Promise.resolve();

  /** `tell`: a line about what is to be known. */
  constructor(
    private readonly settings: SchemaRegistrySettings,
    private readonly tell: (line: string) => void = () => undefined,
  ) {
    this.http = new RegistryHttp(settings);
    this.missing = new MissingSubjects(settings.missingSubjectTimeoutMs);
  }

  schemaOf(id: number, subject: string, name?: string): string | Promise<string> {
    const known = this.schemas.known(id);
    if (known === undefined || isAnother(known.name, name))
      return this.read(id, subject, name, (patience) => this.faultOfMissing(id, subject, patience));
    if (known.round !== this.round) this.lookAtSchema(id, known);
    return known.text;
  }

  /** As `schemaOf`, of a record whose topic is not known. */
  async schemaById(id: number, subject: string, name: string): Promise<string> {
    const known = this.schemas.known(id);
    if (known !== undefined && !isAnother(known.name, name)) return known.text;
    return this.read(id, subject, name, () => Promise.resolve(missingId(id, subject)));
  }

  idOf(subject: string, schema: string, deadline: number): number | Promise<number> {
    const key = `${subject}\n${schema}`;
    const known = this.ids.known(key);
    if (known === undefined) return this.askForId(key, subject, schema, deadline);
    if (known.round !== this.round) this.lookAtId(key, subject, schema, known);
    return known.id;
  }

  /** Compares without registering. Rejects with SchemaRejectedError when the schema is not valid. */
  async compare(subject: string, schema: string, deadline: number): Promise<SchemaComparison> {
    const patience = { deadline };
    const found = await this.postSchema(subjectPath(subject), schema, patience);
    if (found.status < 300) return { state: 'registered', id: idIn(found) };
    if (found.status !== 404) throw refusal(subject, schema, found);
    const path = `/compatibility${subjectPath(subject)}/versions/latest?verbose=true`;
    const answer = await this.postSchema(path, schema, patience);
    if (answer.status === 404 && hasHyphen(schema))
      throw new SchemaRejectedError(subject, 422, `the registry would reject the schema${HYPHEN}`);
    if (answer.status === 404) return { state: 'newSubject' };
    if (answer.status >= 300) throw refusal(subject, schema, answer);
    if (answer.isTooLarge) throw unexpected('a readable result of the compatibility check', answer);
    const { is_compatible: isCompatible, messages } = answer.body ?? {};
    if (isCompatible === true) return { state: 'compatible' };
    return { state: 'incompatible', reasons: reasonsIn(messages) };
  }

  /** Ends what is under way with ClosedError. Idempotent. */
  close(): void {
    clearTimeout(this.roundTimer);
    this.http.close();
  }

  private read(
    id: number,
    subject: string,
    name: string | undefined,
    faultOfMissing: (patience: Patience) => Promise<Error>,
  ): Promise<string> {
    const deadline = monotonicNow() + this.settings.readPatienceMs;
    return this.reads.ask(`${id}\n${subject}`, deadline, async (patience) => {
      const text = await this.fetchSchema(id, subject, patience);
      if (text === undefined) throw await faultOfMissing(patience);
      const known = { text, name: schemaName(text), round: this.looked() };
      this.schemas.learn(id, known);
      if (isAnother(known.name, name))
        throw new UnusableRecordError(
          `schema id ${id}, subject ${subject}: for this id the registry returns the schema of ${outsideText(known.name ?? '')}, not that of the event. The registry was probably reset and has given the id to another schema since then`,
        );
      return text;
    });
  }

  /** Undefined when the registry said twice that it does not have it. */
  private async fetchSchema(
    id: number,
    subject: string,
    patience: Patience,
  ): Promise<string | undefined> {
    const place = `schema id ${id}, subject ${subject}`;
    if (id > LARGEST_ID) throw new UnusableRecordError(`${place}: invalid schema id`);
    const answer = await this.askTwice(() =>
      this.http.ask({ method: 'GET', path: `/schemas/ids/${id}` }, patience),
    );
    if (answer.status === 404) return undefined;
    if (answer.status >= 300) throw unexpected(`the schema of id ${id}`, answer);
    if (answer.isTooLarge)
      throw new UnusableRecordError(
        `${place}: the schema is larger than ${this.settings.maxAnswerBytes} bytes (schemaRegistry.maxAnswerBytes)`,
      );
    const { schema, schemaType = 'AVRO' } = answer.body ?? {};
    if (schemaType !== 'AVRO') throw new UnusableRecordError(`${place}: not an Avro schema`);
    if (typeof schema !== 'string') throw unexpected(`the schema of id ${id}`, answer);
    return schema;
  }

  /** One that is starting may not have everything yet, and one of several may be behind. */
  private async askTwice(ask: () => Promise<RegistryAnswer>): Promise<RegistryAnswer> {
    const answer = await ask();
    if (answer.status !== 404) return answer;
    await this.http.pause(this.settings.confirmAfterMs);
    this.http.useAnother();
    return ask();
  }

  private async faultOfMissing(id: number, subject: string, patience: Patience): Promise<Error> {
    const path = `${subjectPath(subject)}/versions/latest`;
    const { status } = await this.http.ask({ method: 'GET', path }, patience);
    if (status === 404) return this.missing.faultOf(id, subject);
    this.missing.isThere(subject);
    return missingId(id, subject);
  }

  private async askForId(
    key: string,
    subject: string,
    schema: string,
    deadline: number,
  ): Promise<number> {
    const { id } = await this.ids.ask(key, deadline, async (patience) => ({
      id: await this.fetchId(subject, schema, patience),
      round: this.looked(),
    }));
    return id;
  }

  /** The round in which something is looked at; the next one begins after a while. */
  private looked(): number {
    this.roundTimer ??= setTimeout(() => {
      this.roundTimer = undefined;
      this.round++;
    }, this.settings.lookAgainMs).unref();
    return this.round;
  }

  private lookAtId(key: string, subject: string, schema: string, known: KnownId): void {
    known.round = this.looked();
    this.later(async (patience) => {
      const found = await this.askTwice(() =>
        this.postSchema(subjectPath(subject), schema, patience),
      );
      if (found.status < 300) {
        const newId = idIn(found);
        if (newId === known.id || (await this.fetchSchema(known.id, subject, patience)) === schema)
          return;
        this.ids.learn(key, { id: newId, round: known.round });
        this.tell(
          `Schema registry: the id of the schema of subject ${subject} changed from ${known.id} to ${newId}; the new id is used from now on`,
        );
      } else if (found.status === 404) {
        this.ids.forget(key);
        const next = this.settings.autoRegister
          ? 'It is registered again'
          : 'Its events are rejected until it is registered again (autoRegister: false)';
        this.tell(
          `Schema registry: the schema of subject ${subject} (id ${known.id}) no longer exists; the registry may have been reset. ${next}`,
        );
        await this.askForId(key, subject, schema, patience.deadline);
      }
    });
  }

  /** What is gone stays known: what was written with it can still be read. */
  private lookAtSchema(id: number, known: KnownSchema): void {
    known.round = this.looked();
    this.later(async (patience) => {
      const text = await this.fetchSchema(id, 'any', patience);
      if (text !== undefined && text !== known.text)
        this.schemas.learn(id, { text, name: schemaName(text), round: known.round });
    });
  }

  /** One after the other, and nobody waits for it. */
  private later(look: (patience: Patience) => Promise<void>): void {
    this.looks = this.looks
      .then(() => look({ deadline: monotonicNow() + this.settings.requestTimeoutMs }))
      // While it cannot be asked, what is known is used.
      .catch(() => undefined)
      .then(() => this.http.pause(BETWEEN_LOOKS_MS))
      .catch(() => undefined);
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

interface KnownSchema {
  readonly text: string;
  readonly name: string | undefined;
  round: number;
}

interface KnownId {
  readonly id: number;
  round: number;
}

const isAnother = (found: string | undefined, wanted: string | undefined): boolean =>
  found !== undefined && wanted !== undefined && found !== wanted;

function missingId(id: number, subject: string): UnusableRecordError {
  return new UnusableRecordError(
    `schema id ${id}, subject ${subject}: the schema is not in the registry (asked twice)`,
  );
}

const subjectPath = (subject: string): string => `/subjects/${encodeURIComponent(subject)}`;

function rememberMs(error: unknown): number {
  if (error instanceof SchemaRejectedError) return REFUSAL_MS;
  if (error instanceof UnusableRecordError) return UNKNOWN_ID_MS;
  if (error instanceof MissingSubjectError) return NO_ACCESS_MS;
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

function unexpected(wanted: string, { status, message }: RegistryAnswer): ServiceUnavailableError {
  return new ServiceUnavailableError(
    'Schema registry',
    `unexpected answer (HTTP ${status}) without ${wanted}${message && `: ${message}`}`,
  );
}

const HYPHEN =
  '; the event type contains a hyphen, which Avro namespaces do not allow, so this event cannot be sent over Kafka';

/** In its namespace: no registry takes that, though it may not say so before it has the subject. */
function hasHyphen(schema: string): boolean {
  return /"namespace": ?"[^"]*-/.test(schema);
}

function refusal(subject: string, schema: string, answer: RegistryAnswer): SchemaRejectedError {
  const { status, code, message } = answer;
  const reasons: Record<number, string> = {
    404: 'the schema is not registered, and auto-registration is disabled (autoRegister: false)',
    409: 'the schema is incompatible with the registered version',
  };
  const reason = reasons[status] ?? 'the schema was rejected';
  const hint = hasHyphen(schema) ? HYPHEN : '';
  const says = `HTTP ${status}, code ${code}${message && `: ${message}`}`;
  return new SchemaRejectedError(subject, status, `${reason} (${says})${hint}`);
}

const MOST_KNOWN = 1_000;
/** Longer than between two tries to read a record. */
const QUIET_MS = 120_000;

/** The registry has neither a schema nor its subject: it may have come back empty, and get them back. */
class MissingSubjectError extends ServiceUnavailableError {}

/** How long records have waited for subjects that the registry lacks. */
class MissingSubjects {
  /** By `monotonicNow`. */
  private readonly known = new BoundedMap<string, { readonly since: number; seen: number }>({
    entries: MOST_KNOWN,
  });

  constructor(private readonly waitMs: number) {}

  /** What to make of a record whose schema and subject are not there. */
  faultOf(id: number, subject: string): MissingSubjectError | UnusableRecordError {
    const now = monotonicNow();
    const before = this.known.get(subject);
    // Long ago it was another outage.
    const isSame = before !== undefined && now - before.seen <= this.waitMs + QUIET_MS;
    const entry = isSame ? before : { since: now, seen: now };
    entry.seen = now;
    this.known.set(subject, entry);
    const left = this.waitMs - (now - entry.since);
    const what = `schema id ${id}, subject ${subject}: neither the schema nor the subject is in the registry (asked twice)`;
    if (left > 0)
      return new MissingSubjectError(
        'Schema registry',
        `${what}; the registry may have been reset. Restore its schemas with their ids. Records wait for another ${Math.ceil(left / 1_000)} s (schemaRegistry.missingSubjectTimeoutMs) and are then unusable`,
      );
    const seconds = this.waitMs / 1_000;
    const waited = seconds > 0 ? `; the record waited for ${seconds} s` : '';
    return new UnusableRecordError(what + waited);
  }

  /** The registry has something under the subject. */
  isThere(subject: string): void {
    this.known.delete(subject);
  }
}
