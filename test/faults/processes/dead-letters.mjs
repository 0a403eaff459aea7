// An application whose handler fails at every third event, which becomes a dead letter, or that redrives such letters. It
// writes `handled number`, `letter number id`, `redriven number result` and `ready`, and kills itself just after the broker has
// the letter number `killAtLetter` of its life or the closing number `killAtClosing`, or before it closes the letter number
// `killBeforeClosing`.
import * as parts from './application-parts.mjs';

const { config, say, die, numberOf } = parts;

function killed(real) {
  let [letters, closings] = [0, 0];
  const publish = real.publish.bind(real);
  real.publish = async (records, ...others) => {
    const outcomes = await publish(records, ...others);
    const isLetter = records[0]?.attributes.some(([name]) => name === 'openedx.dlq.id');
    if (isLetter && outcomes[0].status === 'sent' && ++letters === config.killAtLetter) die();
    return outcomes;
  };
  const store = real.deadLetters;
  const close = store.close.bind(store);
  store.close = async (...args) => {
    if (++closings === config.killBeforeClosing) die();
    await close(...args);
    if (closings === config.killAtClosing) die();
  };
}

class Third {
  take(data) {
    const number = numberOf(data);
    if (number % 3 === 0 && !config.cured) throw new Error('every third fails');
    say(`handled ${number}`);
  }
}

const create = parts.application(
  { transport: parts.transport(killed), retry: { attempts: 1 }, onFailure: 'deadLetter' },
  Third,
  { id: 'third' },
);
if (config.redrives) {
  await parts.withLetters(create, async (letters) => {
    say('ready');
    for await (const { letter, result } of letters.redrive({ topic: config.topic }))
      say(`redriven ${numberOf(await letters.data(letter))} ${result}`);
  });
  say('closed');
} else if (config.lists) {
  await parts.listLetters(create);
} else {
  await parts.consume(create, ({ handled, deadLettered }) => [handled, deadLettered]);
}
