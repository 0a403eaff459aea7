import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { getEventBusStatusToken } from '../event-bus.constants.js';
import type { EventBusStatus } from '../observability/event-bus-status.js';
import type {
  EventBusHealth,
  LivenessOptions,
  ReadinessOptions,
} from '../observability/event-bus-health.js';

/** Which bus is meant. */
export interface BusHealthOptions {
  /** Name of the bus. Default: the one without a name. */
  readonly bus?: string | undefined;
}

type Say = (data: Readonly<Record<string, unknown>>) => HealthIndicatorResult;

/** Of any version: 11 has no `degraded`. */
interface Session {
  readonly up: Say;
  readonly down: Say;
  readonly degraded?: Say;
}

/**
 * Health of a bus for @nestjs/terminus: the verdicts of `EventBusStatus`, with their reasons. Make it a provider of a module
 * that imports `TerminusModule`. `degraded` answers 200; terminus 11 does not know it and says `up`, with the reasons.
 *
 * It asks neither broker nor registry, and never throws because of the state of a bus. Throws ConfigurationError for
 * options that are none, UnknownElementException of Nest where there is no such bus.
 */
@Injectable()
export class EventBusHealthIndicator {
  constructor(
    private readonly modules: ModuleRef,
    private readonly health: HealthIndicatorService,
  ) {}

  /** `down` where a restart of the process can help. */
  liveness<const Key extends string>(
    key: Key,
    { bus, ...options }: LivenessOptions & BusHealthOptions = {},
  ): HealthIndicatorResult<Key> {
    return this.result(key, this.statusOf(bus).liveness(options));
  }

  /** `down` where the process does not do its work, `degraded` while something is wrong that ends by itself. */
  readiness<const Key extends string>(
    key: Key,
    { bus, ...options }: ReadinessOptions & BusHealthOptions = {},
  ): HealthIndicatorResult<Key> {
    return this.result(key, this.statusOf(bus).readiness(options));
  }

  private statusOf(bus: string | undefined): EventBusStatus {
    return this.modules.get<EventBusStatus>(getEventBusStatusToken(bus), { strict: false });
  }

  private result<const Key extends string>(
    key: Key,
    { status, bus, state, reasons }: EventBusHealth,
  ): HealthIndicatorResult<Key> {
    const session = this.health.check(key) as Session;
    const data = { bus, state, reasons };
    const degraded = status === 'degraded' ? session.degraded?.(data) : undefined;
    const result = degraded ?? (status === 'down' ? session.down(data) : session.up(data));
    return result;
  }
}
