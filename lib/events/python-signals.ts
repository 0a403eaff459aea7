import * as analytics from './catalog/analytics.js';
import * as authz from './catalog/authz.js';
import * as contentAuthoring from './catalog/content-authoring.js';
import * as enterprise from './catalog/enterprise.js';
import * as learning from './catalog/learning.js';
import { OPEN_EDX_EVENTS } from './catalog/open-edx-events.js';
import type { EventDefinition } from './event-definition.js';

const MODULES: ReadonlyMap<string, Readonly<Record<string, unknown>>> = new Map<string, object>([
  ['analytics', analytics],
  ['authz', authz],
  ['content_authoring', contentAuthoring],
  ['enterprise', enterprise],
  ['learning', learning],
]) as ReadonlyMap<string, Readonly<Record<string, unknown>>>;

/** The event of a signal by its path in Python, such as `openedx_events.learning.signals.COURSE_ENROLLMENT_CREATED`. */
export function eventOfSignal(path: string): EventDefinition | undefined {
  const [, room = '', name = ''] = /^openedx_events\.(\w+)\.signals\.(\w+)$/.exec(path) ?? [];
  const module = MODULES.get(room);
  const found = module && Object.hasOwn(module, name) ? module[name] : undefined;
  return OPEN_EDX_EVENTS.find((event) => event === found);
}
