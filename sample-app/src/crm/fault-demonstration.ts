import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { type DeadLetter, DeadLetters } from 'nestjs-openedx-event-bus/dead-letters';
import { Crm } from './crm.js';
import { CRM_SYNC } from './crm-sync.js';

const LOOK_EVERY_MS = 100;
const WAIT_MS = 60_000;

/** Shows what becomes of an event whose handler failed: retries, a dead letter, and a redrive. */
@Injectable()
export class FaultDemonstration {
  private readonly logger = new Logger(FaultDemonstration.name);

  constructor(
    private readonly letters: DeadLetters,
    private readonly crm: Crm,
  ) {}

  /** After an event was sent while the CRM is unavailable. */
  async run(): Promise<void> {
    this.logger.log(`Step 1: the CRM is unavailable, so ${CRM_SYNC} fails and is called again`);
    const found = await this.firstLetter();
    if (!found) throw new Error('no dead letter was written');
    this.logger.log('Step 2: after the last attempt the event is a dead letter. The list of them:');
    for await (const letter of this.letters.all({ handler: CRM_SYNC })) this.show(letter);

    this.crm.isAvailable = true;
    this.logger.log(
      `Step 3: the CRM is available again. The redrive calls ${CRM_SYNC} only, not the handlers that succeeded`,
    );
    for await (const { letter, result } of this.letters.redrive({ handler: CRM_SYNC }))
      this.logger.log(`  letter ${letter.id}: ${result}`);

    const { letters } = await this.letters.list({ handler: CRM_SYNC });
    this.logger.log(`Step 4: ${letters.length} dead letters are open. The history of closed ones:`);
    for await (const { id, action, by } of this.letters.history())
      this.logger.log(`  letter ${id}: ${action} by ${by}`);
  }

  private async firstLetter(): Promise<DeadLetter | undefined> {
    for (let waited = 0; waited < WAIT_MS; waited += LOOK_EVERY_MS) {
      const [letter] = (await this.letters.list({ handler: CRM_SYNC, limit: 1 })).letters;
      if (letter) return letter;
      await pause(LOOK_EVERY_MS);
    }
    return undefined;
  }

  private show({ id, topic, type, code, message, metadata }: DeadLetter): void {
    this.logger.log(`  letter ${id}: ${code}: ${message}`);
    this.logger.log(`    event ${metadata?.id} of type ${type}, from topic ${topic}`);
  }
}
