// npm run test:model [-- [kafka|redis] [--runs N] [--seed S --path P]]
// The models of consumers with more runs than in `npm test`; seed and path, as a failure prints them, repeat it.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '2000' },
    seed: { type: 'string' },
    path: { type: 'string' },
  },
});
const { runs, seed, path } = values;
const env = {
  ...process.env,
  MODEL_RUNS: runs,
  ...(seed && { MODEL_SEED: seed }),
  ...(path && { MODEL_PATH: path }),
};
const files =
  positionals.length > 0 ? positionals.map((name) => `test/model/${name}`) : ['test/model'];
const { status } = spawnSync(
  'npm',
  ['test', '--', '--selectProjects', 'thorough', '--', ...files],
  {
    stdio: 'inherit',
    env,
  },
);
process.exitCode = status ?? 1;
