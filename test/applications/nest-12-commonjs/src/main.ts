import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module';
import { finish } from './finish';
import { NotesService } from './notes.service';

async function bootstrap(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: ['warn', 'error'] });
  await app.listen(0);
  const notes = app.get(NotesService);
  await notes.send('first');
  await finish(app, notes.handled, 1);
}

void bootstrap();
