export { EventBusHealthIndicator, type BusHealthOptions } from './event-bus-health-indicator.js';
