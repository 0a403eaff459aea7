import { CTRL_C, plainText, type TerminalStep } from '../../services/terminal.js';
import { COMMANDS } from '../../../lib/cli/command-line.js';
import { answersOf, session } from './session.js';
import type { SessionRun } from './terminal-session.js';

const TYPE = 'org.openedx.enterprise.subsidy.redeemed.v1';
const DATA = '{"redemption":{"subsidy_identifier":"s 1","content_key":"c1","lms_user_id":7}}';
const ID = '11111111-2222-3333-4444-555555555555';
const produce = (topic: string, ...more: string[]): SessionRun => ({
  argv: ['produce-event', '--type', TYPE, '--topic', topic, '--data', DATA, ...more],
});
const group = (topic: string) => ['-t', topic, '-g', 'g'];
/** Each process compiles what it loads, on a machine that does other things too. */
const LIMIT_MS = 240_000;
const names = [...COMMANDS.map(({ name }) => name), 'completion'];

// eslint-disable-next-line no-control-regex -- the escape sequence of a colour is what is looked for
const COLOUR = /\x1b\[\d+m/;

const outputs: SessionRun[] = [
  { argv: ['--version'] },
  produce('subsidies', '--id', ID, '--time', '2026-05-01T08:00:00Z'),
  { argv: ['consume-events', ...group('subsidies'), '--max', '1'] },
  { argv: ['replay-events', ...group('subsidies'), '--from-id', '0:0', '--dry-run'] },
  { argv: ['replay-events', ...group('subsidies'), '--from-id', '0:0'] },
  {
    argv: [
      'replay-events',
      '-t',
      'subsidies',
      '-g',
      'subsidy-service',
      '--from-offset',
      '0',
      '--handlers',
    ],
    host: 'application',
  },
  { argv: ['events', TYPE] },
  { argv: ['events', '--short'] },
  { argv: ['config'] },
  { argv: ['generate-avro-schemas', '--type', TYPE] },
  { argv: ['completion', 'bash'] },
  { argv: ['events', TYPE, '--json'] },
  { argv: ['events', TYPE, '--no-color'] },
  { argv: ['--help'], env: { NO_COLOR: '1' } },
  { argv: ['config'], env: { NO_COLOR: '1' } },
];
const inApplication = (argv: string[]): SessionRun => ({ argv, host: 'application' });
const ofLetters: SessionRun[] = [
  produce('failing', '--id', ID),
  inApplication(['consume-events', '-t', 'failing', '-g', 'subsidy-service', '--max', '1']),
  inApplication(['dead-letters', 'list', '--data']),
  { argv: ['dead-letters', 'list', '-t', 'failing', '-g', 'subsidy-service', '--json'] },
  inApplication(['dead-letters', 'redrive', '-t', 'failing', '--dry-run']),
  inApplication(['dead-letters', 'redrive', '-t', 'failing', '--by', 'ada']),
  inApplication(['dead-letters', 'list']),
  inApplication(['dead-letters', 'history']),
];
const helps: SessionRun[] = ['', ...names].map((name) => ({
  argv: [name, '--help'].filter(Boolean),
}));

describe('in a terminal', () => {
  let answers: ReturnType<typeof answersOf>;
  beforeAll(async () => {
    const env = { EVENT_BUS_TOPIC_PREFIX: 'dev' };
    const { output } = await session([...helps, ...outputs, ...ofLetters], { columns: 200, env });
    answers = answersOf(output);
  }, LIMIT_MS);

  it('the help of the program and of each command has every option, its default and an example', () => {
    const [program, ...commands] = answers.slice(0, helps.length);
    expect(program!.code).toBe(0);
    for (const name of names)
      expect(plainText(program!.text)).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    expect(program!.text).toMatch(COLOUR);
    commands.forEach(({ text, code }, i) => {
      const help = plainText(text);
      expect([names[i], code]).toEqual([names[i], 0]);
      expect(help).toContain(`Usage: openedx-event-bus ${names[i]}`);
      expect(help).toContain(`  openedx-event-bus ${names[i]}`);
      const options = COMMANDS.find(({ name }) => name === names[i])?.options ?? [];
      const said = help.replace(/\s+/g, ' ');
      for (const { flags, default: byDefault } of options) {
        expect(help).toContain(`  ${flags}`);
        expect(said).toContain(
          byDefault.startsWith('required') ? `(${byDefault})` : `(default: ${byDefault})`,
        );
      }
      expect(help).toContain('--json');
    });
  });

  it('each command answers people with text and colours; --json, --no-color and NO_COLOR count', () => {
    const own = answers.slice(helps.length, helps.length + outputs.length);
    expect(own.map(({ code }) => code)).toEqual(outputs.map(() => 0));
    const lines = own.map(({ text }) => plainText(text));
    const [version, sent, read, dryRun, moved, replayed, event, list, config, schema] = lines;
    expect(version).toMatch(/^nestjs-openedx-event-bus \d+\.\d+\.\d+ \(openedx-events \d/);
    expect(sent).toContain(`sent  0:0  ${TYPE}  to subsidies  id=${ID}\n`);
    expect(read).toContain(
      '05-01 08:00:00  0:0  enterprise.subsidy.redeemed.v1  subsidy_identifier="s 1" content_key=c1 lms_user_id=7\n',
    );
    expect(dryRun).toMatch(
      /^dry run {2}group g on topic subsidies; nothing was moved\n {2}events +1\n/,
    );
    expect(moved).toMatch(
      /^moved {2}group g on topic subsidies\n {2}before +0:1\n {2}after +0:0\n/m,
    );
    expect(replayed).toMatch(
      /handled {2}0:0 .*\nreplayed {2}1 handled; group subsidy-service was not moved\n/,
    );
    expect(event).toMatch(/redemption +SubsidyRedemption/);
    expect(event).toMatch(/─ lms_user_id +integer/);
    expect(event).toContain('since openedx-events 9.7.0');
    expect(list).toMatch(/^TYPE +SINCE +TOPICS\n/);
    expect(config).toMatch(/^topicPrefix +dev +environment: EVENT_BUS_TOPIC_PREFIX$/m);
    expect(schema).toContain('"name": "redemption"');
    for (const i of [1, 2, 3, 4, 5, 6, 7, 8, 9]) expect(own[i]!.text).toMatch(COLOUR);
    expect(JSON.parse(own.at(-4)!.text).event_type).toBe(TYPE);
    for (const i of [-3, -2, -1]) expect(own.at(i)!.text).not.toMatch(COLOUR);
  });

  it('dead letters are rows for people: listed, redriven and found in the history', () => {
    const own = answers.slice(helps.length + outputs.length);
    expect(own.map(({ code }) => code)).toEqual(ofLetters.map(() => 0));
    const [, , list, json, dryRun, redriven, empty, history] = own.map(({ text }) =>
      plainText(text),
    );
    const { id } = JSON.parse(json!);
    const type = 'enterprise.subsidy.redeemed.v1';
    const time = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}/m;
    expect(list).toMatch(time);
    expect(list).toContain(
      `  failing  ${type}  HANDLERS_FAILED  crm.sync  0 redrives  ${id}\n    {redemption: {subsidy_identifier: s 1, `,
    );
    expect(dryRun).toContain(
      `selected  failing  ${type}  ${id}\ndry run  1 selected; nothing was changed\n`,
    );
    expect(redriven).toContain(`handled  failing  ${type}  ${id}\nredrive  1 handled\n`);
    expect(empty).toBe('No open dead letter matches.\n');
    expect(history).toMatch(time);
    expect(history).toContain(`  redriven  by ada  ${id}\n`);
    for (const i of [2, 4, 5, 7]) expect(own[i]!.text).toMatch(COLOUR);
  });
});

it(
  'progress is shown on standard error and cleared, and a pipe gets JSON lines alone',
  async () => {
    const runs: SessionRun[] = [
      produce('piped', '--count', '3'),
      { argv: ['consume-events', ...group('piped'), '--timeout', '1'] },
    ];
    const { output, stdout } = await session(runs, { piped: true });
    const [, read] = answersOf(stdout);
    const events = read!.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ position }) => position)).toEqual(['0:0', '0:1', '0:2']);
    const drawn = output.split('\r\x1b[K');
    expect(drawn).toContainEqual(
      expect.stringMatching(/^3 events · \d+\/s · ends in \d s at the latest/),
    );
    expect(drawn.at(-1)).toBe('');
  },
  LIMIT_MS,
);

describe('Ctrl-C', () => {
  const stopAfter = (wait: string): TerminalStep => ({ wait, send: CTRL_C });
  const encoded = '067320310463310e';
  const typed = (line: string, answer: string): readonly TerminalStep[] => [
    { wait: 'End them with Ctrl-D', send: `${line}\n` },
    // The terminal shows what is typed; after that comes the answer.
    { wait: line, send: '' },
    stopAfter(answer),
  ];

  it(
    'ends each command cleanly: consume-events with 0, what was not done with 1; a second one ends the process at once',
    async () => {
      const reading: readonly [SessionRun, readonly TerminalStep[]][] = [
        [{ argv: ['consume-events', ...group('t')] }, [stopAfter('=\x1b[22m"s 1" ')]],
        [{ argv: ['encode'] }, typed(`{"event_type":"${TYPE}","data":${DATA}}`, encoded)],
        [{ argv: ['decode'] }, typed(`{"event_type":"${TYPE}","hex":"${encoded}"}`, 'lms_user_id')],
        [
          { argv: ['produce-event', '--type', TYPE, '--topic', 't', '--data', '-'] },
          typed(DATA, '0:1'),
        ],
      ];
      const waiting = [
        ['consume-events', ...group('t')],
        produce('t').argv,
        ['replay-events', ...group('t'), '--from-id', '0:0'],
        ['dead-letters', 'list'],
        ['events'],
        ['config'],
        ['encode'],
        ['decode'],
        ['generate-avro-schemas'],
        ['completion', 'zsh'],
      ].map((argv): SessionRun => ({ argv, host: 'nowhere' }));
      const endless: SessionRun = {
        argv: ['consume-events', '-t', 'slow', '-g', 'subsidy-service'],
        host: 'application',
      };
      const runs = [
        ...[produce('t'), ...reading.map(([run]) => run), ...waiting],
        ...[produce('slow'), endless],
      ];
      const steps = [
        ...reading.flatMap(([, of]) => of),
        ...waiting.map(() => stopAfter('asked')),
        ...[stopAfter('handler began'), stopAfter('Press Ctrl-C again')],
      ];
      const { output, missing, code } = await session(runs, { steps, columns: 250 });
      expect(missing).toBeNull();
      // By SIGINT.
      expect(code).toBe(-2);
      const answers = answersOf(output);
      expect(answers.pop()!.code).toBeNaN();
      expect(answers.pop()!.code).toBe(0);
      const [sent, consumed, ...others] = answers;
      expect([sent!.code, consumed!.code]).toEqual([0, 0]);
      expect(others.map(({ code }) => code)).toEqual([1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
      for (const { text } of [consumed!, ...others])
        expect(text).toContain('Press Ctrl-C again to end at once');
      for (const { text } of others.slice(4))
        expect(text).toContain('Stopped before the end: received SIGINT');
    },
    LIMIT_MS,
  );
});
