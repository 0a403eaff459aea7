/**
 * What a bus is doing.
 *
 * - `idle`: it has not connected yet, or its start has failed.
 * - `connecting`: the broker has not answered yet.
 * - `joining`: a group has not admitted this member yet, so its events wait. Nothing is wrong: where it takes longer
 *   than it may, the state becomes `degraded`.
 * - `running`: all is well; a bus without handlers too.
 * - `degraded`: something is wrong that may end by itself; `error` says what. The bus tries on.
 * - `paused`: `consumersEnabled` is false. The bus sends, and receives nothing.
 * - `draining`: it stops: no record is fetched any more, and running handlers come to their end.
 * - `stopped`: it has ended as it was told to.
 * - `failed`: consuming cannot go on before the process is restarted; `error` says why.
 */
export type EventBusState =
  | 'idle'
  | 'connecting'
  | 'joining'
  | 'running'
  | 'degraded'
  | 'paused'
  | 'draining'
  | 'stopped'
  | 'failed';
