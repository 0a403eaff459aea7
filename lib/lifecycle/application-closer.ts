// Reaches inside Nest (11.0.1, 11.2.10 and 12.5.1): the container behind ModuleRef and the life cycle of an application,
// which `requireNestInternals` looks for at the start.
import { codeOf } from '../errors/error-code.js';
import { messageOf } from '../errors/foreign-error.js';
import { type ModuleRef, type ModulesContainer, NestApplicationContext } from '@nestjs/core';
import type { EventBusLogger } from '../transport/wire-format.interface.js';

/** Exit code of a process whose consumer stopped for good (as Python's CLI and ours). */
export const FATAL_EXIT_CODE = 3;

interface Container {
  getModules(): ModulesContainer;
  getHttpAdapterRef(): { close?(): unknown } | undefined;
}

/** A module cannot get at the application that it is part of: this is its twin, over the same modules. */
class ApplicationTwin extends NestApplicationContext {
  constructor(private readonly of: Container) {
    super(of as never);
  }

  protected override async dispose(): Promise<void> {
    const targets: RpcTarget[] = [];
    onRpcTarget(this.of.getModules(), (target) => targets.push(target));
    await Promise.allSettled(
      [this.of.getHttpAdapterRef(), ...targets].map(async (target) => await target?.close?.()),
    );
  }
}

/**
 * Closes the application as `app.close()` does (destroy hooks, microservices, HTTP server, shutdown
 * hooks) and sets the exit code of the process, which ends when nothing else keeps it alive. Never
 * rejects.
 */
export async function closeApplication(
  moduleRef: ModuleRef,
  logger: EventBusLogger,
): Promise<void> {
  process.exitCode = FATAL_EXIT_CODE;
  const { container } = moduleRef as unknown as { readonly container: Container };
  try {
    await new ApplicationTwin(container).close();
  } catch (error) {
    logger.error(
      `The application could not be closed cleanly; the process ends with exit code ${FATAL_EXIT_CODE} once nothing else keeps it alive: ${messageOf(error)}`,
      { code: codeOf(error) },
    );
  }
}

/** A microservice strategy as Nest closes it. */
export interface RpcTarget {
  close?(): unknown;
}

/**
 * Hears of every microservice strategy that the application was given, those of before included.
 * Only Nest 11.1.7 and later tell; on an older one nothing is heard.
 */
export function onRpcTarget(modules: ModulesContainer, heard: (target: RpcTarget) => void): void {
  const since1117 = modules as {
    getRpcTargetRegistry?(): { subscribe(next: (target: RpcTarget) => void): unknown };
  };
  since1117.getRpcTargetRegistry?.().subscribe(heard);
}
