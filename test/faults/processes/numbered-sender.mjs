import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 20;

/**
 * Sends numbered events from its first `resume` until it is stopped. Of each key one is on its way at a time, published
 * again until it is confirmed.
 */
export class NumberedSender {
  #options;
  #state = 'paused';
  #onTheWay = 0;
  #loops;

  constructor(options) {
    this.#options = options;
  }

  async pause() {
    this.#state = 'paused';
    while (this.#onTheWay > 0) await sleep(LOOK_MS);
    this.#options.say('paused');
  }

  resume() {
    this.#state = 'sending';
    if (this.#loops) return;
    const began = performance.now();
    const keys = Array.from({ length: this.#options.keys }, (_, key) => key);
    this.#loops = Promise.all(keys.map((key) => this.#sendAllOf(key, began)));
  }

  async stop() {
    this.#state = 'stopped';
    await this.#loops;
    this.#options.say('sent');
  }

  async #sendAllOf(key, began) {
    const { producer, say, type, topic, perSecond, keys } = this.#options;
    for (let number = key; this.#state !== 'stopped'; number += keys) {
      const early = began + (number * 1_000) / perSecond - performance.now();
      if (early > 1) await sleep(early);
      while (this.#state === 'paused') await sleep(LOOK_MS);
      if (this.#state === 'stopped') return;
      this.#onTheWay++;
      const redemption = {
        subsidy_identifier: `key-${key}`,
        content_key: 'course-v1:edX+DemoX+Demo_Course',
        lms_user_id: number,
      };
      const options = { topic, keyField: 'redemption.subsidy_identifier' };
      const [prepared] = producer.prepare(type, { redemption }, options);
      say(`> ${number}`);
      while (!(await isConfirmed(producer, prepared))) {
        say(`! ${number}`);
        await sleep(LOOK_MS);
      }
      say(`+ ${number} ${process.hrtime.bigint()}`);
      this.#onTheWay--;
    }
  }
}

async function isConfirmed(producer, prepared) {
  try {
    await producer.publish(prepared);
    return true;
  } catch {
    return false;
  }
}
