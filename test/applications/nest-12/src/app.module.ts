import { Module } from '@nestjs/common';
import { EventBusModule } from 'nestjs-openedx-event-bus';
import { NOTED } from './noted.js';
import { NotesService } from './notes.service.js';

@Module({
  imports: [
    EventBusModule.forRoot({ group: process.env['APP_GROUP'] ?? 'notes', events: [NOTED] }),
  ],
  providers: [NotesService],
})
export class AppModule {}
