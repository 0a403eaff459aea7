import { readFileSync } from 'node:fs';
import { COMMANDS } from '../../../lib/cli/command-line.js';
import { completion } from '../../../lib/cli/commands/completion.js';
import { namesOf } from '../../../lib/cli/program.js';
import { cli } from '../../support/cli.js';

const commands = [...COMMANDS, completion(COMMANDS)];
const TYPE = 'org.openedx.learning.certificate.created.v1';

it('--help is printed with exit code 0, for the program and for one command', async () => {
  const all = await cli(['--help']);
  expect([all.code, all.log]).toEqual([0, '']);
  for (const { name } of commands) expect(all.out).toContain(`  ${name} `);
  expect(all.out).not.toContain('\x1b');
  for (const argv of [
    ['consume-events', '-h'],
    ['help', 'consume-events'],
    ['--no-color', 'consume-events', '--help'],
  ]) {
    const one = await cli(argv);
    expect([one.code, one.out]).toEqual([0, expect.stringContaining('--timeout <seconds>')]);
  }
});

it('--version names the releases that a report should name', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  for (const flag of ['--version', '-V']) {
    const { code, out } = await cli([flag]);
    expect([code, out]).toEqual([
      0,
      `nestjs-openedx-event-bus ${version} (openedx-events 11.2.0, Node ${process.version})\n`,
    ]);
  }
});

it.each([
  [['consume-event'], 'Unknown command consume-event. Did you mean consume-events?'],
  [['produce'], 'Unknown command produce. Did you mean produce-event?'],
  [['frobnicate'], 'Unknown command frobnicate.\n'],
  [['consume-events', '--topik', 't'], 'Unknown option --topik. Did you mean --topic?'],
  [['decode', '--frame'], 'Unknown option --frame. Did you mean --framed?'],
  [['encode', '--password=hunter2'], 'Unknown option --password.\n'],
  [['encode', 'hunter2'], 'Unexpected argument. Write a value after its option'],
  [['consume-events', '-t', '-g', 'g'], '-t needs a value. If the value begins with a hyphen'],
  [['consume-events', '-t'], '-t, --topic needs a value.'],
  [['completion'], 'The argument shell is missing.'],
  [['completion', 'bsh'], 'There are completions only for bash and zsh. Did you mean bash or zsh?'],
  [['events', 'org.openedx.learning.certificate.create.v1'], `Did you mean ${TYPE}`],
  [['events', 'certificate.created'], `Did you mean ${TYPE}?`],
  [['events', 'org.nowhere.*'], 'No event type matches org.nowhere.*.'],
  [
    ['consume-events', '-t', 't', '-g', 'g', '--extra', '{"consumer_nam":"a"}'],
    'Did you mean consumer_name?',
  ],
])('%j is a usage error that says what was meant, and what helps', async (argv, text) => {
  const { code, out, log } = await cli(argv, { env: { EVENT_BUS_TRANSPORT: 'memory' } });
  expect([code, out]).toEqual([2, '']);
  expect(log).toContain(text);
  expect(log).not.toContain('hunter2');
  expect(log).toMatch(/See "openedx-event-bus (\S+ )?--help"\.\n$/);
});

it('an event type, a topic and a key field that are near a known one are told in the answer or the log', async () => {
  const env = { EVENT_BUS_TRANSPORT: 'memory' };
  const wrong = TYPE.replace('certificate', 'certificat');
  const data = '{}';
  const unknown = await cli(['produce-event', '--type', wrong, '--topic', 't', '--data', data], {
    env,
  });
  expect([unknown.code, unknown.answers[0].error.message]).toEqual([
    1,
    expect.stringContaining(`Did you mean ${TYPE}?`),
  ]);
  const stdin = JSON.stringify({ event_type: wrong, data: {} });
  for (const command of ['encode', 'decode']) {
    const { answers } = await cli([command], { stdin });
    expect(answers[0].error.message).toContain(`Did you mean ${TYPE}?`);
  }
  const schemas = await cli(['generate-avro-schemas', '--type', wrong]);
  expect([schemas.code, schemas.answers[0].error.message]).toEqual([
    1,
    expect.stringContaining(`Did you mean ${TYPE}?`),
  ]);
  const topic = 'learning-certificate-livecycle';
  const argv = ['produce-event', '--type', TYPE, '--topic', topic, '--data', data];
  const { log } = await cli([...argv, '--key-field', 'certificate.course.course_kee'], { env });
  expect(log).toContain('Did you mean learning-certificate-lifecycle?');
  expect(log).toContain('Did you mean certificate.course.course_key');
  const short = await cli([...argv, '--key-field', 'username'], { env });
  expect(short.log).toContain('Did you mean certificate.user.pii.username?');
});

it('every option is described with its default, and examples name the command and its options', () => {
  for (const { name, options, examples, summary } of commands) {
    expect([name, examples.length]).toEqual([name, expect.any(Number)]);
    expect(examples.length).toBeGreaterThan(0);
    expect(summary).toMatch(/^[A-Z].*[^.]$/);
    const known = options.flatMap((option) => namesOf(option).names);
    for (const { line } of examples) {
      expect(line).toMatch(new RegExp(`^${name}\\b`));
      for (const option of line.match(/(?<= )--?[a-z][\w-]*/g) ?? [])
        expect(known).toContain(option);
    }
  }
});
