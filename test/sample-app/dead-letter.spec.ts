import { ConsoleLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../sample-app/src/app.module.js';
import { Crm } from '../../sample-app/src/crm/crm.js';
import { Demonstration } from '../../sample-app/src/demonstration.js';

class KeptLines extends ConsoleLogger {
  readonly lines: string[] = [];
  override log = (message: string): void => void this.lines.push(message);
  override warn = this.log;
  override error = this.log;
}

async function demonstrated(): Promise<{ lines: string[]; hasLearner: boolean }> {
  const logger = new KeptLines();
  const app = await NestFactory.createApplicationContext(AppModule, {
    logger,
    abortOnError: false,
  });
  try {
    await app.get(Demonstration).run();
    return { lines: logger.lines, hasLearner: app.get(Crm).has(42) };
  } finally {
    await app.close();
  }
}

describe('the demonstration of the sample application', () => {
  afterEach(() => delete process.env['FAIL_HANDLER']);

  it('with FAIL_HANDLER=1 shows retries, the dead letter, the list and the redrive, step by step', async () => {
    process.env['FAIL_HANDLER'] = '1';
    const { lines, hasLearner } = await demonstrated();
    expect(hasLearner).toBe(true);
    const attempt = (n: number): string => `Attempt ${n}: saving learner 42 in the CRM`;
    const told = lines.filter((line) => /^(?:Attempt|Step|Learner|Handled event| )/.test(line));
    const id = /^ {2}letter (\S+): HANDLERS_FAILED/.exec(
      told.find((line) => line.includes('HANDLERS_FAILED'))!,
    )![1]!;
    const steps = told.filter((line) => !/^Handled event|^ {2}course-enrollments/.test(line));
    // The first attempt may begin before the step that tells of it.
    expect(steps.slice(0, 4).toSorted()).toEqual([
      ...[1, 2, 3].map(attempt),
      'Step 1: the CRM is unavailable, so crm.sync fails and is called again',
    ]);
    expect(steps.slice(4)).toEqual([
      'Step 2: after the last attempt the event is a dead letter. The list of them:',
      `  letter ${id}: HANDLERS_FAILED: crm.sync: the CRM is unavailable`,
      expect.stringMatching(/^ {4}event \S+ of type org\.openedx\.learning\.course\.enrollment/),
      expect.stringContaining('Step 3: the CRM is available again.'),
      attempt(1),
      'Learner 42 is saved in the CRM',
      `  letter ${id}: handled`,
      'Step 4: 0 dead letters are open. The history of closed ones:',
      expect.stringMatching(`^  letter ${id}: redriven by \\S+@`),
    ]);
    // The handlers that succeeded are not called again.
    expect(told.filter((line) => line.startsWith('Handled event'))).toHaveLength(1);
  }, 60_000);

  it('without it says how to see that', async () => {
    const { lines } = await demonstrated();
    expect(lines).toContainEqual(expect.stringContaining('FAIL_HANDLER=1 npm start'));
    expect(lines.filter((line) => line.startsWith('Step'))).toEqual([]);
  });
});
