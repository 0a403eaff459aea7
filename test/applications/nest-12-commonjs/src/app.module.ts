import { Module } from '@nestjs/common';
import { EventBusModule } from 'nestjs-openedx-event-bus';
import { NOTED } from './noted';
import { NotesService } from './notes.service';

@Module({
  imports: [
    EventBusModule.forRoot({ group: process.env['APP_GROUP'] ?? 'notes', events: [NOTED] }),
  ],
  providers: [NotesService],
})
export class AppModule {}
