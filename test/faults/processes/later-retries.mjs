// An application whose handler fails at every third event each time, and at the event after it until its first later retry. It
// writes `ready`, `handled number`, `failed number attempt id`, `kept id`, `early number ms` for a later retry before its time by
// the broker's stamp, and `counts ...`; and kills itself just after the broker has the record number `killAtWaiting` of its life
// that is to wait, or before it gives it the record number `killBeforeWaiting`. With `lists` it writes the open letters instead.
import * as parts from './application-parts.mjs';

const { config, say, die, numberOf } = parts;
/** By the clock of the machine, which is that of the broker, whatever the clock of this process says. */
const trueNow = () => Date.now() - (config.clockAheadMs ?? 0);
const textOf = ({ attributes }, name) =>
  String(attributes.find(([one]) => one === `openedx.retry.${name}`)?.[1] ?? '');
const keyOf = ({ topic, partition, offset }) => `${topic}/${partition}/${offset}`;

/** When the records that wait are due by the broker's stamps, by where they were: one may wait twice after a kill. */
const due = new Map();
function dueFirst(place) {
  const times = due.get(place) ?? new Set();
  const first = Math.min(...times);
  times.delete(first);
  return first;
}

/** Is killed at the moment that is asked for, and notes what waits. */
function killed(real) {
  let [before, waiting] = [0, 0];
  const publish = real.publish.bind(real);
  real.publish = async (records, ...others) => {
    const waits = records.some((record) => textOf(record, 'handlers') !== '');
    if (waits && ++before === config.killBeforeWaiting) die();
    const outcomes = await publish(records, ...others);
    if (waits && outcomes[0].status === 'sent' && ++waiting === config.killAtWaiting) die();
    return outcomes;
  };
  const subscribe = real.subscribe.bind(real);
  real.subscribe = (wanted, sink) => {
    const deliver = sink.deliver.bind(sink);
    sink.deliver = (batch) => {
      for (const { record } of batch) {
        if (textOf(record, 'handlers') === '') continue;
        const delay = config.delays[Number(textOf(record, 'round')) - 1];
        const at = { topic: textOf(record, 'topic'), partition: textOf(record, 'partition') };
        const place = keyOf({ ...at, offset: textOf(record, 'offset') });
        const key = `${place} ${textOf(record, 'attempt')}`;
        due.set(key, (due.get(key) ?? new Set()).add(record.brokerTime + delay));
      }
      return deliver(batch);
    };
    return subscribe(wanted, sink);
  };
}

class Third {
  take(data, { attempt, position, metadata }) {
    const number = numberOf(data);
    if (attempt > 1) {
      const earlyBy = dueFirst(`${keyOf(position)} ${attempt - 1}`) - trueNow();
      if (earlyBy > 0) say(`early ${number} ${earlyBy}`);
    }
    const fails = number % 3 === 0 || (number % 3 === 1 && attempt === 1);
    if (fails) {
      say(`failed ${number} ${attempt} ${metadata.id}`);
      throw new Error('every third fails');
    }
    say(`handled ${number}`);
  }
}

const create = parts.application(
  {
    transport: parts.transport(killed),
    // A release that knows no later retries has no option for them.
    retry: { attempts: 1, ...(config.isOlder ? {} : { later: config.delays }) },
    ...{ onFailure: 'deadLetter', maxDeliveries: 1_000 },
    onDeadLetter: ({ metadata }) => say(`kept ${metadata?.id}`),
  },
  Third,
  { id: 'third' },
);
const figuresOf = ({ handled, retriedLater, deadLettered }) => [
  handled,
  retriedLater,
  deadLettered,
];
if (config.lists) await parts.listLetters(create);
else await parts.consume(create, figuresOf);
