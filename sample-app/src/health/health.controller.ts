import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { EventBusStatus } from 'nestjs-openedx-event-bus';
import type { EventBusHealth } from 'nestjs-openedx-event-bus/health';

/** What an orchestrator asks: 503 where the answer is `down`. */
@Controller('health')
export class HealthController {
  constructor(private readonly bus: EventBusStatus) {}

  @Get('live')
  live(): EventBusHealth {
    return answer(this.bus.liveness());
  }

  @Get('ready')
  ready(): EventBusHealth {
    return answer(this.bus.readiness());
  }
}

function answer(health: EventBusHealth): EventBusHealth {
  if (health.status === 'down') throw new ServiceUnavailableException(health);
  return health;
}
