/** Another delivery of the event is being handled, perhaps in another process: what comes of it decides. */
export class ClaimedElsewhereError extends Error {
  constructor(handler: string) {
    super(`Another process is handling the event for handler ${handler}`);
    this.name = 'ClaimedElsewhereError';
  }
}
