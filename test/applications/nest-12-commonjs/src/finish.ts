import type { INestApplicationContext } from '@nestjs/common';
import { EventBusStatus } from 'nestjs-openedx-event-bus';

/** Waits until so many notes were handled, ends the application, and writes what the test wants to see. */
export async function finish(
  app: INestApplicationContext,
  handled: readonly unknown[],
  count: number,
): Promise<void> {
  for (let waited = 0; handled.length < count && waited < 20_000; waited += 20)
    await new Promise((resolve) => setTimeout(resolve, 20));
  const { state } = app.get(EventBusStatus, { strict: false }).snapshot();
  await app.close();
  process.stdout.write(`${JSON.stringify({ handled, state })}\n`);
}
