// npm run test:faults [-- [TRANSPORT [ROW]] [--events 100000] [--rate N] [--form long|short] [--no-reference] [--list]]
// TRANSPORT is `redis` or `kafka`, ROW the number or a part of the name of a row; `--list` says which there are. `form`
// says how often each fault happens.
// Every fault run at length, the reference's consumer beside ours, and a table. Exit code 1 when something was lost that
// the broker had, an order was broken that is promised, or a run did not end.
import { register } from 'node:module';
import { parseArgs } from 'node:util';

register('../services/typescript-loader.mjs', import.meta.url);
const { buildLibrary } = await import('./driver/built-library.ts');
const { ResultTable } = await import('./driver/result-table.ts');
const { exceeded, runScenario } = await import('./driver/run-scenario.ts');
const { TRANSPORTS } = await import('./driver/transports.ts');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    events: { type: 'string', default: '100000' },
    rate: { type: 'string' },
    form: { type: 'string', default: 'long' },
    'no-reference': { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});
const rows = chosenRows(positionals);
const began = Date.now();
const say = (text) => console.log(`${((Date.now() - began) / 1_000).toFixed(0)} s: ${text}`);

if (values.list) for (const { title } of rows) console.log(title);
else if (rows.length > 0) await runAll();
else {
  console.error('No such row: see --list');
  process.exitCode = 2;
}

function chosenRows([transport = '', ...row]) {
  const wanted = row.join(' ').toLowerCase();
  return Object.entries(TRANSPORTS)
    .filter(([name]) => transport === '' || name === transport.toLowerCase())
    .flatMap(([name, { bus, rate, scenarios }]) =>
      scenarios.map((scenario, i) => {
        const title = `${name} ${i + 1}: ${scenario.name}`;
        const isWanted = wanted === '' || wanted === String(i + 1);
        return {
          bus,
          rate,
          scenario,
          title,
          chosen: isWanted || scenario.name.toLowerCase().includes(wanted),
        };
      }),
    )
    .filter(({ chosen }) => chosen);
}

async function runAll() {
  const library = await buildLibrary();
  const table = new ResultTable();
  let broken = 0;
  try {
    for (const { bus, rate, scenario, title } of rows) {
      say(title);
      try {
        const result = await runScenario(scenario, {
          bus,
          library: library.address,
          form: values.form,
          events: Number(values.events),
          perSecond: Number(values.rate ?? rate),
          withReference: !values['no-reference'],
          progress: say,
        });
        table.add(scenario.name, result);
        say(table.last);
        const more = exceeded(scenario, result);
        if (more) say(`too much: ${more}`);
        if (more || !isKept(scenario, result)) broken++;
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
}

function isKept(scenario, { ours, exitCodes }) {
  return (
    (scenario.loses || ours.lost.length === 0) &&
    ours.strange.length === 0 &&
    (!scenario.ordered || ours.violations === 0) &&
    exitCodes.every((code) => code === 0)
  );
}
