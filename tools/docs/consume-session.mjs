// For the picture: three events are sent, then the real command reads them.
import { Writable } from 'node:stream';
import { processIo } from '../../dist/cli/cli-io.js';
import { runCli } from '../../dist/cli/run-cli.js';
import { StandaloneHost } from '../../dist/cli/standalone-host.js';
import { MemoryBroker, memoryTransport } from '../../dist/transport/memory/index.js';

const TOPIC = 'learning-certificate-lifecycle';
const broker = new MemoryBroker();
const run = (argv, quiet) => {
  const io = processIo();
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const used = quiet ? { ...io, stdout: silent, stderr: silent } : io;
  return runCli(argv, used, (of) => new StandaloneHost(of, memoryTransport({ broker })));
};

const learners = ['ada', 'grace', 'alan'];
for (const [i, username] of learners.entries()) {
  const data = {
    certificate: {
      user: {
        id: 7 + i,
        is_active: true,
        pii: { username, email: `${username}@example.org`, name: '' },
      },
      course: { course_key: 'course-v1:edX+DemoX+2026', display_name: 'Demo' },
      mode: 'verified',
      grade: `0.9${i}`,
      current_status: 'downloadable',
      download_url: '',
      name: username,
    },
  };
  const type =
    i === 2
      ? 'org.openedx.learning.certificate.revoked.v1'
      : 'org.openedx.learning.certificate.created.v1';
  await run(
    ['produce-event', '--type', type, '--topic', TOPIC, '--data', JSON.stringify(data)].concat(
      '--id',
      `00000000-0000-4000-8000-00000000000${i + 1}`,
      '--time',
      `2026-05-01T08:00:0${i}Z`,
    ),
    true,
  );
}
process.exitCode = await run(
  ['consume-events', '-t', TOPIC, '-g', 'crm-sync', '--max', '3'],
  false,
);
