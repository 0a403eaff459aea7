import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { isOpenEdxEvent, type OpenEdxEventContext } from 'nestjs-openedx-event-bus';

/** Accepts HTTP requests, and events that a service of the platform sent. */
@Injectable()
export class OpenEdxSourceGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (!isOpenEdxEvent(context)) return true;
    const { metadata } = context.switchToRpc().getContext<OpenEdxEventContext>();
    return metadata.source.startsWith('openedx/');
  }
}
