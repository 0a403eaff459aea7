// Preloaded (--import): lets the system clock of this process be set, as an administrator or a time server would.
// `performance` and `process.hrtime` are not moved by that, as in life.
const RealDate = Date;
let shift = 0;
const now = () => RealDate.now() + shift;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, as) => Reflect.construct(target, args.length > 0 ? args : [now()], as),
  apply: () => new RealDate(now()).toString(),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});
globalThis[Symbol.for('moveClock')] = (ms) => (shift = ms);
