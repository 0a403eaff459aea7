import { messageOf as textOf } from '../errors/foreign-error.js';
import {
  ConfigurationError,
  EventBusError,
  type EventBusErrorPlace,
  InvalidEventDataError,
  MissingPeerError,
  SendError,
  TooManyErrorsError,
} from '../errors/index.js';
import { UsageError } from './usage-error.js';

export interface ErrorAnswer {
  readonly error: Readonly<Record<string, unknown>>;
}

/** The answer line for something that failed: code, message, places and ids. */
export function errorAnswer(
  error: unknown,
  place: EventBusErrorPlace & { position?: string } = {},
) {
  const { code, message } = codeAndMessage(error);
  const known = error instanceof EventBusError ? error : undefined;
  const answer: Record<string, unknown> = { code, message };
  const add = (name: string, value: unknown): void => {
    if (value !== undefined) answer[name] = value;
  };
  add('event_type', known?.eventType ?? place.eventType);
  add('topic', place.topic ?? known?.topic);
  add('id', known?.eventId ?? place.eventId);
  add('position', place.position);
  if (error instanceof InvalidEventDataError) add('problems', error.problems);
  if (error instanceof SendError)
    add(
      'outcomes',
      error.outcomes.map(({ topic, status, error: of }) => ({
        topic,
        status,
        message: of && textOf(of),
      })),
    );
  return { error: answer } satisfies ErrorAnswer;
}

/** 2: usage or configuration, 3: too many errors, 1: anything else that ended a command. */
export function exitCodeOf(error: unknown): number {
  if (
    error instanceof UsageError ||
    error instanceof ConfigurationError ||
    error instanceof MissingPeerError
  )
    return 2;
  return error instanceof TooManyErrorsError ? 3 : 1;
}

export function messageOf(error: unknown): string {
  return codeAndMessage(error).message;
}

function codeAndMessage(error: unknown): { code: string; message: string } {
  if (error instanceof EventBusError) return { code: error.code, message: error.message };
  if (error instanceof UsageError) return { code: 'USAGE', message: error.message };
  return { code: 'UNEXPECTED', message: textOf(error) };
}
