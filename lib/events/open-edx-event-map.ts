// Made by `npm run catalog` from openedx-events 11.2.0; do not edit.

import type { AnalyticsEvents } from './catalog/analytics.js';
import type { AuthzEvents } from './catalog/authz.js';
import type { ContentAuthoringEvents } from './catalog/content-authoring.js';
import type { EnterpriseEvents } from './catalog/enterprise.js';
import type { LearningEvents } from './catalog/learning.js';

/** Every event type that handlers and producers know. Add your own by declaration merging. */
export interface OpenEdxEventMap
  extends AnalyticsEvents, AuthzEvents, ContentAuthoringEvents, EnterpriseEvents, LearningEvents {}
