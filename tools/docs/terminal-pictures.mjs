// Writes the pictures of docs/cli.md from real runs in a pseudo-terminal. Needs `npm run build`, and Python for its
// module `pty`. The events are in the in-memory transport, so that no broker is needed.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { terminalSvg } from './terminal-svg.mjs';

const root = join(import.meta.dirname, '..', '..');
const folder = join(root, 'docs', 'pictures');
mkdirSync(folder, { recursive: true });

const picture = (name, title, commands) => {
  const output = commands.map(({ shown, argv }) => `$ ${shown}\n${run(argv)}`).join('\n');
  writeFileSync(join(folder, `${name}.svg`), terminalSvg(output, title));
  console.log(`docs/pictures/${name}.svg`);
};

/** What a command prints in a terminal of 110 columns. */
function run(argv) {
  const input = JSON.stringify({
    argv: [process.execPath, ...argv],
    env: { ...process.env, TERM: 'xterm-256color', NO_COLOR: '', TZ: 'UTC' },
    columns: 110,
  });
  const script = join(root, 'test', 'services', 'terminal.py');
  const { output, code } = JSON.parse(
    execFileSync(process.env.TEST_PYTHON ?? 'python3', [script], { input, encoding: 'utf8' }),
  );
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}:\n${output}`);
  // The line of progress is drawn and cleared.
  // eslint-disable-next-line no-control-regex -- escape sequences are what is taken out
  return output.replace(/\r\x1b\[K[^\r\n]*(?=\r\x1b\[K)/g, '').replaceAll('\r\x1b[K', '');
}

const main = join(root, 'dist', 'cli', 'main.js');
picture('cli-help', 'openedx-event-bus --help', [
  { shown: 'openedx-event-bus --help', argv: [main, '--help'] },
]);
picture('cli-consume', 'A session of openedx-event-bus consume-events', [
  {
    shown: 'openedx-event-bus consume-events -t learning-certificate-lifecycle -g crm-sync --max 3',
    argv: [join(import.meta.dirname, 'consume-session.mjs')],
  },
]);
picture('cli-events', 'openedx-event-bus events TYPE', [
  {
    shown: 'openedx-event-bus events org.openedx.learning.certificate.created.v1',
    argv: [main, 'events', 'org.openedx.learning.certificate.created.v1'],
  },
]);
