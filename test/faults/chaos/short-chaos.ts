import { buildLibrary } from '../driver/built-library.js';
import { chaosPlan } from './chaos-plan.js';
import { breachesOf, planText, reportText } from './chaos-report.js';
import { ChaosRun } from './chaos-run.js';
import type { ChaosStage, ChaosTransport } from './chaos-stage.interface.js';

/** One short chaos run. Resolves to what it was to keep and did not, with its plan and report where there is any. */
export async function shortChaos<Stage extends ChaosStage>(
  transport: ChaosTransport<Stage>,
  { seed, seconds }: { readonly seed: number; readonly seconds: number },
): Promise<string[]> {
  const { name, members, kinds } = transport;
  const plan = chaosPlan({ seed, transport: name, seconds, members, kinds });
  const library = await buildLibrary();
  try {
    const result = await new ChaosRun({ transport, plan, library: library.address }).run();
    const breaches = breachesOf(result);
    return breaches.length > 0 ? [...breaches, planText(plan), reportText(plan, result)] : [];
  } finally {
    await library.remove();
  }
}
