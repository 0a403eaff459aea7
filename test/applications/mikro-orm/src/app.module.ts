import { MikroOrmModule } from '@mikro-orm/nestjs';
import { LibSqlDriver } from '@mikro-orm/libsql';
import { Module } from '@nestjs/common';
import { EventBusModule } from 'nestjs-openedx-event-bus';
import { Note } from './note.entity';
import { NOTED } from './noted';
import { NotesService } from './notes.service';

@Module({
  imports: [
    MikroOrmModule.forRoot({ driver: LibSqlDriver, dbName: ':memory:', entities: [Note] }),
    EventBusModule.forRoot({ group: process.env['APP_GROUP'] ?? 'notes', events: [NOTED] }),
  ],
  providers: [NotesService],
})
export class AppModule {}
