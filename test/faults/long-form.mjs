// npm run test:faults [-- --events 100000] [--rate 2000] [--form long|short] [--only TEXT] [--no-reference]
// `form` says how often each fault happens.
// Every fault run at length, the reference's consumer beside ours, and a table. Exit code 1 when something was lost that
// the broker had, an order was broken that is promised, or a run did not end.
import { register } from 'node:module';
import { parseArgs } from 'node:util';

register('../services/typescript-loader.mjs', import.meta.url);
const { buildLibrary } = await import('./driver/built-library.ts');
const { redisFaultBus } = await import('./driver/redis-fault-bus.ts');
const { ResultTable } = await import('./driver/result-table.ts');
const { runScenario } = await import('./driver/run-scenario.ts');
const { SCENARIOS, USUAL_DEFAULTS } = await import('./driver/scenarios.ts');

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '100000' },
    rate: { type: 'string', default: '2000' },
    form: { type: 'string', default: 'long' },
    only: { type: 'string', default: '' },
    'no-reference': { type: 'boolean', default: false },
  },
});
const began = Date.now();
const say = (text) => console.log(`${((Date.now() - began) / 1_000).toFixed(0)} s: ${text}`);

const library = await buildLibrary();
const table = new ResultTable();
let broken = 0;
try {
  for (const bus of [redisFaultBus])
    for (const scenario of [...SCENARIOS, ...USUAL_DEFAULTS]) {
      if (!scenario.name.includes(values.only)) continue;
      say(`${bus.name}: ${scenario.name}`);
      try {
        const result = await runScenario(scenario, {
          bus,
          library: library.address,
          form: values.form,
          events: Number(values.events),
          perSecond: Number(values.rate),
          withReference: !values['no-reference'],
          progress: say,
        });
        table.add(scenario.name, result);
        say(table.last);
        if (!isKept(scenario, result)) broken++;
      } catch (error) {
        broken++;
        table.addFailure(scenario.name, error.message.split('\n')[0]);
        console.error(error);
      }
    }
} finally {
  await library.remove();
}
console.log(`\n${table}`);
process.exitCode = broken > 0 ? 1 : 0;

function isKept(scenario, { ours, exitCodes }) {
  return (
    (USUAL_DEFAULTS.includes(scenario) || ours.lost.length === 0) &&
    ours.strange.length === 0 &&
    (!scenario.ordered || ours.violations === 0) &&
    exitCodes.every((code) => code === 0)
  );
}
