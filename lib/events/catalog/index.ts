// Made by `npm run catalog` from openedx-events 11.2.0; do not edit.
export * from './analytics.js';
export * from './authz.js';
export * as contentAuthoring from './content-authoring.js';
export * from './enterprise.js';
export * from './learning.js';
export { OPENEDX_EVENTS_RELEASE } from './open-edx-events.js';
