export type { EventBusHealth, LivenessOptions, ReadinessOptions } from '../observability/health.js';
