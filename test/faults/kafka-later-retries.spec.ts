import { laterRetryFaults } from './driver/later-retry-faults.js';
import { onKafka } from './driver/numbered-places.js';

const { killed, churn, rollingUpdate, wrongClocks, wrongClockAtStart } = laterRetryFaults;
const place = onKafka(2);

it(
  'killed in the middle of hand-overs to a retry topic, on Kafka: every event has its outcome',
  () => killed.run(place),
  killed.timeoutMs,
);

it(
  'members join, leave and die while records wait, on Kafka: nothing early, nothing lost',
  () => churn.run(place),
  churn.timeoutMs,
);

it(
  'a release without later retries in the same group, on Kafka: what waits is handled by the newer one',
  () => rollingUpdate.run(place),
  rollingUpdate.timeoutMs,
);

it(
  'processes whose clocks are wrong by an hour, on Kafka: nothing early, and nothing waits for an hour',
  () => wrongClocks.run(place),
  wrongClocks.timeoutMs,
);

it(
  'a process whose clock is an hour ahead starts while records wait, on Kafka: none of them is early',
  () => wrongClockAtStart.run(place),
  wrongClockAtStart.timeoutMs,
);
