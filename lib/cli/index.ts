export { type EventBusCliOptions, runEventBusCli } from './run-cli.js';
