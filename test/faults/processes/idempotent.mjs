// An application whose idempotent handler writes `effect number` for each event, and `counts handled duplicates inFlight` from
// time to time. It kills itself just after the store has confirmed the mark number `killAtMark` of its life, or, with
// `killBeforeMark`, after the effect and before that mark is asked for.
import * as parts from './application-parts.mjs';

const { config, say, die, numberOf } = parts;
const { redisIdempotencyStore } = await import(`${config.lib}transport/redis/index.js`);

/** The real store, which is killed at the moment that is asked for. */
async function store(host) {
  const real = await redisIdempotencyStore({ url: config.redis })(host);
  const complete = real.complete.bind(real);
  let marks = 0;
  real.complete = async (...args) => {
    const number = ++marks;
    if (number === config.killBeforeMark) die();
    const answer = await complete(...args);
    if (number === config.killAtMark) die();
    return answer;
  };
  return real;
}

class Effects {
  take(data) {
    say(`effect ${numberOf(data)}`);
  }
}

const create = parts.application(
  {
    ...{ transport: parts.transport(), idempotency: { store, lock: '2s' } },
    // Each life has few entries, and none is given up because many lives had it.
    ...{ maxInFlight: 16, maxDeliveries: 1_000_000 },
  },
  Effects,
  { id: 'effects', idempotent: true },
);
await parts.consume(create, ({ handled, duplicatesSkipped }) => [handled, duplicatesSkipped]);
