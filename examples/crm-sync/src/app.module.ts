import { Module } from '@nestjs/common';
import { EventBusModule } from 'nestjs-openedx-event-bus';
import { redisIdempotencyStore } from 'nestjs-openedx-event-bus/redis';
import { CrmClient } from './crm-client.js';
import { CrmSync } from './crm-sync.js';

@Module({
  // The transport and its address come from the environment: EVENT_BUS_TRANSPORT and EVENT_BUS_REDIS_CONNECTION_URL.
  imports: [
    EventBusModule.forRoot({
      group: 'crm-sync',
      // Two attempts, 500 ms apart. Then the record waits, and later events go on; after each delay there is one more attempt.
      retry: { attempts: 2, delayMs: 500, later: ['5s', '1m', '1h'] },
      // After the last attempt the event is kept as a dead letter.
      onFailure: 'deadLetter',
      // Remembers in the same Redis which events a handler has handled.
      idempotency: { store: redisIdempotencyStore() },
    }),
  ],
  providers: [CrmClient, CrmSync],
})
export class AppModule {}
