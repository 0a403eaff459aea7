// npm run test:chaos [-- --minutes M] [--seed N] [--seeds COUNT] [--transport redis|redis-single-active|kafka|memory]
//   [--without KIND,KIND] [--plan]
// Random mixtures of faults, drawn from the seed, while events are sent and handled by processes of their own. The same
// seed and minutes give the same plan; `--without` leaves kinds of it out, `--plan` only prints it. Without --transport
// all of them, one after the other; `--seeds 10` goes on with the next nine seeds. Exit code 1 when an event was lost,
// an order broken that is promised, events stood still for longer than docs/reliability.md says, or a process ended.
import { register } from 'node:module';
import { parseArgs } from 'node:util';

register('../../services/typescript-loader.mjs', import.meta.url);
const { buildLibrary } = await import('../driver/built-library.ts');
const { chaosPlan } = await import('./chaos-plan.ts');
const { breachesOf, planText, reportText } = await import('./chaos-report.ts');
const { ChaosRun } = await import('./chaos-run.ts');
const { CHAOS_TRANSPORTS } = await import('./chaos-transports.ts');

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string' },
    seeds: { type: 'string', default: '1' },
    transport: { type: 'string' },
    without: { type: 'string', default: '' },
    plan: { type: 'boolean', default: false },
  },
});
const firstSeed = Number(values.seed ?? Date.now() % 1_000_000);
const seconds = Math.round(Number(values.minutes) * 60);
const wanted = CHAOS_TRANSPORTS.filter(
  ({ name }) => values.transport === undefined || name === values.transport,
);

if (wanted.length === 0 || !(seconds > 0) || !Number.isInteger(firstSeed)) {
  const names = CHAOS_TRANSPORTS.map(({ name }) => name).join(', ');
  console.error(`--transport is one of ${names}; --minutes and --seed are numbers.`);
  process.exitCode = 2;
} else await runAll();

async function runAll() {
  const library = values.plan ? undefined : await buildLibrary();
  const summary = [];
  try {
    for (const transport of wanted)
      for (let seed = firstSeed; seed < firstSeed + Number(values.seeds); seed++)
        summary.push(await runOne(transport, seed, library));
  } finally {
    await library?.remove();
  }
  console.log(summary.join('\n'));
}

async function runOne(transport, seed, library) {
  const { name, members, kinds } = transport;
  const plan = chaosPlan({ seed, transport: name, seconds, members, kinds });
  console.log(planText(plan));
  if (!library) return '';
  const run = new ChaosRun({
    ...{ transport, plan, library: library.address },
    without: values.without.split(','),
    say: (text) => console.log(text),
  });
  try {
    const result = await run.run();
    const report = reportText(plan, result);
    console.log(report);
    if (breachesOf(result).length > 0) process.exitCode = 1;
    const [first, ...rest] = report.split('\n');
    return [first, ...rest.filter((line) => line.includes('BROKEN'))].join('\n');
  } catch (error) {
    process.exitCode = 1;
    console.error(error);
    return `Seed ${seed} on ${name}: ${error.message.split('\n')[0]}`;
  }
}
