export {
  type ClosedDeadLetter,
  type DeadLetter,
  type DeadLetterHandler,
  type DeadLetterPage,
  type DeadLetterQuery,
  DeadLetters,
  type DiscardOptions,
  type RedriveOptions,
  type RedrivenLetter,
} from '../consuming/dead-letters/dead-letters.js';
export type { DeadLetterHook, KeptDeadLetter } from '../consuming/dead-letters/dead-letter-hook.js';
export { InjectDeadLetters } from '../decorators/parameter.decorators.js';
export { HandlerGoneError } from '../errors/dead-letter.errors.js';
export { getDeadLettersToken } from '../event-bus.constants.js';
export type {
  DeadLetterOptions,
  DeadLetterSettings,
  DeadLetterTopicParts,
} from '../settings/dead-letter-settings.js';
