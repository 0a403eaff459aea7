import { Module } from '@nestjs/common';
import { EventBusModule } from 'nestjs-openedx-event-bus';
import { CrmClient } from './crm-client.js';
import { CrmSync } from './crm-sync.js';

@Module({
  // The transport and its address come from the environment: EVENT_BUS_TRANSPORT and EVENT_BUS_REDIS_CONNECTION_URL.
  imports: [EventBusModule.forRoot({ group: 'crm-sync' })],
  providers: [CrmClient, CrmSync],
})
export class AppModule {}
