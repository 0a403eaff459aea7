import type { CliHost } from './command.js';

/**
 * A host whose promises reject with the reason of the signal as soon as that fires: a command that is told to stop
 * does not wait for a broker which is not there. `close` still waits for what was opened.
 */
export function stoppable(host: CliHost, signal: AbortSignal): CliHost {
  const stopped = new Promise<never>((_resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  stopped.catch(() => undefined);
  const orStopped = <T>(promise: Promise<T>): Promise<T> => {
    promise.catch(() => undefined);
    return Promise.race([promise, stopped]);
  };
  return {
    hasHandlers: host.hasHandlers,
    catalog: () => orStopped(host.catalog()),
    configuration: () => orStopped(host.configuration()),
    capabilities: () => orStopped(host.capabilities()),
    producer: (topic) => orStopped(host.producer(topic)),
    consumption: (request) => orStopped(host.consumption(request)),
    bus: () => orStopped(host.bus()),
    schemas: () => orStopped(host.schemas()),
    knownTopics: () => orStopped(host.knownTopics()),
    replay: (range, onRecordEnd) => orStopped(host.replay(range, onRecordEnd)),
    deadLetters: () => orStopped(host.deadLetters()),
    close: () => host.close(),
  };
}
