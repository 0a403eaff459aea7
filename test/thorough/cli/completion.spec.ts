import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from '../../services/child-process.js';
import { cli } from '../../support/cli.js';
import { CTRL_D, inTerminal } from '../../services/terminal.js';

const run = promisify(execFile);
const TYPE = 'org.openedx.learning.certificate.created.v1';

async function scriptFile(shell: string): Promise<string> {
  const { code, out } = await cli(['completion', shell]);
  expect(code).toBe(0);
  const file = join(await mkdtemp(join(tmpdir(), 'completion-')), `script.${shell}`);
  await writeFile(file, out);
  return file;
}

/** What real bash proposes behind words, of which the last is being typed. */
async function proposals(file: string, ...words: string[]): Promise<string[]> {
  const line = `
    source ${file}
    COMP_WORDS=(openedx-event-bus ${words.map((word) => `'${word}'`).join(' ')})
    COMP_CWORD=${words.length}
    _openedx_event_bus
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await run('bash', ['--norc', '--noprofile', '-c', line]);
  return stdout.trim().split('\n').filter(Boolean);
}

describe('completion bash', () => {
  it('proposes commands, options, event types, signals, topics, shells and files', async () => {
    const file = await scriptFile('bash');
    expect(await proposals(file, 'con')).toEqual(['consume-events', 'config']);
    expect(await proposals(file, 'consume-events', '--t')).toEqual(['--topic', '--timeout']);
    expect(await proposals(file, '--json', 'replay-events', '--from-')).toEqual([
      '--from-id',
      '--from-offset',
      '--from-time',
    ]);
    expect(await proposals(file, 'produce-event', '--type', TYPE.slice(0, -5))).toEqual([TYPE]);
    expect(await proposals(file, 'events', 'org.openedx.analytics')).toEqual([
      'org.openedx.analytics.tracking.event.emitted.v1',
    ]);
    expect(await proposals(file, 'produce-event', '--signal', 'openedx_events.analytics')).toEqual([
      'openedx_events.analytics.signals.TRACKING_EVENT_EMITTED',
    ]);
    expect(await proposals(file, 'consume-events', '-t', 'learning-cert')).toEqual([
      'learning-certificate-lifecycle',
    ]);
    expect(await proposals(file, 'completion', '')).toEqual(['bash', 'zsh']);
    expect(await proposals(file, 'dead-letters', 're')).toEqual(['redrive']);
    expect(await proposals(file, 'dead-letters', 'list', '--h')).toEqual(['--handler', '--help']);
    expect(await proposals(file, 'dead-letters', 'show', '')).toEqual([]);
    expect(await proposals(file, 'produce-event', '--data-file', file.slice(0, -3))).toEqual([
      file,
    ]);
    expect(await proposals(file, 'consume-events', '-g', '')).toEqual([]);
  });

  it('completes as a user types', async () => {
    const file = await scriptFile('bash');
    const steps = [
      { wait: 'first> ', send: `source ${file}; PS1='re''ady> '\n` },
      { wait: 'ready> ', send: 'openedx-event-bus gene\t' },
      { wait: 'generate-avro-schemas', send: '\x15exit\n' },
    ];
    const { missing } = await inTerminal(['bash', '--norc', '--noprofile', '-i'], {
      steps,
      env: { PS1: 'first> ' },
    });
    expect(missing).toBeNull();
  });
});

const zsh = findProgram('zsh');
(zsh ? describe : describe.skip)('completion zsh', () => {
  it.each(['source', 'fpath'])('completes as a user types, read by %s', async (way) => {
    const file = await scriptFile('zsh');
    const folder = dirname(file);
    await copyFile(file, join(folder, '_openedx-event-bus'));
    const setUp =
      way === 'source'
        ? `autoload -Uz compinit && compinit -D && source ${file}`
        : `fpath=(${folder} $fpath); autoload -Uz compinit && compinit -u -D`;
    const steps = [
      { wait: 'first> ', send: `${setUp} && PS1='re''ady> '\n` },
      { wait: 'ready> ', send: 'openedx-event-bus gene\t' },
      { wait: 'generate-avro-schemas', send: '--ou\t' },
      { wait: '--out', send: `\x15openedx-event-bus produce-event --type ${TYPE.slice(0, -5)}\t` },
      { wait: TYPE, send: '\x15openedx-event-bus completion z\t' },
      { wait: 'completion zsh', send: `\x15${CTRL_D}` },
    ];
    const { missing } = await inTerminal([zsh!, '-f', '-i'], { steps, env: { PS1: 'first> ' } });
    expect(missing).toBeNull();
  });
});
