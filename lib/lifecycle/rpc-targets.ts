import type { ModulesContainer } from '@nestjs/core';

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
