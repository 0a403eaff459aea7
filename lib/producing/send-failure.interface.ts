import type { PreparedEvent } from '../transport/wire-format.interface.js';

/**
 * Called once for each prepared event that the broker did not confirm, before `send` rejects.
 *
 * `prepared` is complete and may be stored and published again with `EventBusProducer.publish`.
 * What it throws or rejects with is logged and changes nothing else; it is not awaited by `send`,
 * but by `flush`. It runs in the async context (`AsyncLocalStorage`) of who sent the event.
 */
export type SendFailureHook = (prepared: PreparedEvent, error: Error) => void | Promise<void>;
