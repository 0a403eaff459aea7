export type {
  EventBusHealth,
  LivenessOptions,
  ReadinessOptions,
} from '../observability/event-bus-health.js';
