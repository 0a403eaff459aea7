// Runs command lines one after the other in this process, whose standard streams are a terminal. What the commands
// send stays in one in-memory broker.
import 'reflect-metadata';
import { openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { Injectable, Module } from '@nestjs/common';
import { ApplicationHost } from '../../../lib/cli/application-host.js';
import { type CommandIo, processIo } from '../../../lib/cli/cli-io.js';
import type { CliHost } from '../../../lib/cli/command.js';
import { runCli } from '../../../lib/cli/run-cli.js';
import { StandaloneHost } from '../../../lib/cli/standalone-host.js';
import { OnOpenEdxEvent } from '../../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../../lib/event-bus.module.js';
import { MemoryBroker, memoryTransport } from '../../../lib/transport/memory/index.js';

/** Where the command lines run; `nowhere` never answers. */
export type SessionHost = 'standalone' | 'application' | 'nowhere';

export interface SessionRun {
  readonly argv: readonly string[];
  readonly host?: SessionHost;
  readonly env?: Readonly<Record<string, string>>;
}

const broker = new MemoryBroker();
let failedBefore = false;

@Injectable()
class Redeemed {
  @OnOpenEdxEvent('org.openedx.enterprise.subsidy.redeemed.v1', { topic: 'slow' })
  never() {
    process.stderr.write('handler began\n');
    return new Promise<void>(() => undefined);
  }

  @OnOpenEdxEvent('org.openedx.enterprise.subsidy.redeemed.v1', { topic: 'subsidies' })
  atOnce() {}

  @OnOpenEdxEvent('org.openedx.enterprise.subsidy.redeemed.v1', {
    topic: 'failing',
    id: 'crm.sync',
    retry: { attempts: 1 },
    onFailure: 'deadLetter',
  })
  failsOnce() {
    if (failedBefore) return;
    failedBefore = true;
    throw new Error('the CRM is down');
  }
}

@Module({})
class App {}

function hostOf(kind: SessionHost, io: CommandIo): CliHost {
  const transport = memoryTransport({ broker });
  if (kind === 'standalone') return new StandaloneHost(io, transport);
  if (kind === 'application') {
    const bus = EventBusModule.forRoot({ transport, group: 'subsidy-service' });
    return new ApplicationHost({ module: App, imports: [bus], providers: [Redeemed] }, io);
  }
  const never = (): Promise<never> => {
    process.stderr.write('asked\n');
    return new Promise(() => undefined);
  };
  const close = () => Promise.resolve();
  return new Proxy({ hasHandlers: true, close } as CliHost, {
    get: (host, name) => (name in host ? Reflect.get(host, name) : never),
  });
}

const runs = JSON.parse(process.argv.at(-1)!) as readonly SessionRun[];
for (const { argv, host = 'standalone', env = {} } of runs) {
  process.stdout.write(`\n$ ${argv.join(' ')}\n`);
  const io = processIo();
  // Of its own, because a command that is stopped closes it.
  const stdin = new ReadStream(openSync('/dev/tty', 'r'));
  const own = { ...io, stdin, env: { ...io.env, ...env } };
  const code = await runCli(argv, own, (used) => hostOf(host, used));
  stdin.destroy();
  io.release();
  process.stdout.write(`exit code ${code}\n`);
}
