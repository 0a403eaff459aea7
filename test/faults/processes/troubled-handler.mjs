import { setTimeout as sleep } from 'node:timers/promises';

/** Handles numbered events, well or badly as it is told. */
export class TroubledHandler {
  #say;
  #trouble = 'work';
  #ms = 0;

  constructor(say) {
    this.#say = say;
  }

  obey(trouble, ms) {
    this.#trouble = trouble;
    this.#ms = ms;
  }

  take(data, context) {
    const { lms_user_id: number } = data.redemption;
    if (this.#trouble === 'fail') throw new Error('told to fail');
    if (this.#trouble === 'wait') return sleep(this.#ms).then(() => this.#done(number, context));
    if (this.#trouble === 'block') {
      const until = performance.now() + this.#ms;
      while (performance.now() < until);
    }
    this.#done(number, context);
  }

  #done(number, { position }) {
    this.#say(`= ${number} ${process.hrtime.bigint()} ${position.partition}`);
  }
}
