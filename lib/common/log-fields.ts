/**
 * What a log line is about, for loggers that write JSON. Names, positions and ids only: never data of an event, a key or a
 * secret. A field that is not known or does not apply is absent. A line that stands for several has those of the last one.
 */
export interface LogFields {
  /** Name of the bus; `default` for the unnamed one. The logger of a bus adds it. */
  readonly bus?: string | undefined;
  /** Consumer group. */
  readonly group?: string | undefined;
  /** Full topic, with the environment prefix. */
  readonly topic?: string | undefined;
  /** Number of the partition; `0` where topics have none. */
  readonly partition?: string | undefined;
  /** Offset in the partition, or the id of the entry in the stream. */
  readonly offset?: string | undefined;
  /** Such as `org.openedx.learning.course.enrollment.created.v1`. */
  readonly eventType?: string | undefined;
  /** `metadata.id` of the event. */
  readonly eventId?: string | undefined;
  /** Id of the handler; several are joined by `, `. */
  readonly handler?: string | undefined;
  /** Attempts at the record until now, those before a later retry included. */
  readonly attempt?: number | undefined;
  /** Code of the error, as docs/errors.md lists them. */
  readonly code?: string | undefined;
}

/** Whether a logger uses fields. Where it does not, none need to be made for lines that there is one of for each event. */
export function takesFields(logger: object): boolean {
  return (logger as { readonly takesFields?: boolean }).takesFields ?? true;
}
