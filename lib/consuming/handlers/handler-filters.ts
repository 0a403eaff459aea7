// Reaches inside Nest (11.0.1, 11.2.10 and 12.5.1): the filters inside ExternalExceptionsHandler, which
// `requireNestInternals` looks for at the start.
import { catchError, isObservable, throwError } from 'rxjs';
import { codeOf } from '../../errors/error-code.js';
import { outsideText } from '../../errors/outside-text.js';
import { thrownText } from '../../errors/thrown-values.js';
import { LineLimiter } from '../../observability/line-limits.js';
import type { EventBusLogger } from '../../transport/wire-format.interface.js';
import { isThenable } from '../../common/waiting.js';
import { isUnrecoverable, markUnrecoverable } from './handler-result.js';

/** Nest's last word on an error: the filters, else a line in Nest's log. */
export interface ExceptionsHandler {
  readonly filters?: readonly Filter[];
  next(error: unknown, host: unknown): unknown;
  /** Where no filter has a say: a line in Nest's log, and thrown again. */
  catch(error: unknown, host: unknown): unknown;
}

interface Filter {
  func(error: unknown, host: unknown): unknown;
  readonly exceptionMetatypes: readonly (new (...args: never[]) => unknown)[];
}

/** Writes how enhancers changed the outcome of handlers; they may do so for every event. */
export class FilterLog {
  private readonly lines: LineLimiter;

  constructor(logger: Pick<EventBusLogger, 'error'>) {
    this.lines = new LineLimiter((line, fields) => logger.error(line, fields), { again: true });
  }

  /** `error` is what the handler threw, `what` what became of it. */
  write(handler: string, what: string, error: unknown): void {
    const text = () =>
      `${outsideText(handler)}: ${what}. The handler's error: ${thrownText(error)}`;
    const rest = (count: number) =>
      `… and ${count} more lines about filters of handlers in the last minute, such as: ${text()}`;
    const fields = () => ({ handler, code: codeOf(error) });
    this.lines.offer({ kind: 'filter', name: `${handler} ${what}`, text, rest, fields });
  }
}

/**
 * The filters of one handler. Whatever they do, the handler's own error is not lost: a filter on the handler's class
 * or method may settle it by returning something, or map it to another error, which stays unrecoverable if it was. One
 * of the whole application, which may be written for HTTP only, hears of the error and changes nothing.
 */
export class HandlerFilters implements ExceptionsHandler {
  readonly filters: readonly Filter[];

  constructor(
    private readonly nest: ExceptionsHandler,
    /** The first ones are those of the handler's method and class. */
    private readonly own: number,
    private readonly handler: string,
    private readonly log: FilterLog,
  ) {
    this.filters = nest.filters ?? [];
  }

  next(error: unknown, host: unknown): unknown {
    const at = this.filters.findIndex(({ exceptionMetatypes: types }) =>
      types.length ? types.some((type) => error instanceof type) : true,
    );
    if (at < 0) return this.nest.catch(error, host);
    const filter = this.filters[at]!;
    return at < this.own
      ? this.mayChange(filter, error, host)
      : this.onlyHears(filter, error, host);
  }

  catch(error: unknown, host: unknown): unknown {
    return this.nest.catch(error, host);
  }

  /** `became` is thrown in the place of `error`, and as unrecoverable if `error` is. */
  replaced(by: string, error: unknown, became: unknown): unknown {
    if (became === error) return became;
    if ((became as { cause?: unknown } | null | undefined)?.cause !== error)
      this.log.write(
        this.handler,
        `${by} replaced the handler's error with ${thrownText(became)}`,
        error,
      );
    return isUnrecoverable(error) && !isUnrecoverable(became) ? markUnrecoverable(became) : became;
  }

  private mayChange(filter: Filter, error: unknown, host: unknown): unknown {
    const mapped = (became: unknown): unknown => this.replaced('a filter', error, became);
    const checked = (result: unknown): unknown =>
      isObservable(result)
        ? result.pipe(catchError((became: unknown) => throwError(() => mapped(became))))
        : result;
    let result: unknown;
    try {
      result = filter.func(error, host);
    } catch (became) {
      throw mapped(became);
    }
    if (result === undefined) return this.nest.catch(error, host);
    if (!isThenable(result)) return checked(result);
    return Promise.resolve(result).then(checked, (became: unknown) => {
      throw mapped(became);
    });
  }

  private onlyHears(filter: Filter, error: unknown, host: unknown): never {
    let result: unknown;
    try {
      result = filter.func(error, host);
    } catch (thrown) {
      this.threw(error, thrown);
      throw error;
    }
    if (result === undefined) this.nest.catch(error, host);
    this.follow(error, result);
    throw error;
  }

  /** Nobody waits for what a global filter returns. */
  private follow(error: unknown, result: unknown): void {
    const threw = (thrown: unknown): void => this.threw(error, thrown);
    try {
      if (isThenable(result))
        Promise.resolve(result).then((value) => this.follow(error, value), threw);
      else if (isObservable(result))
        result.subscribe({ error: threw, complete: () => this.returned(error) });
      else if (result !== undefined) this.returned(error);
    } catch (thrown) {
      threw(thrown);
    }
  }

  private threw(error: unknown, thrown: unknown): void {
    if (thrown !== error)
      this.log.write(
        this.handler,
        `a global filter threw, ${WITHOUT_EFFECT}: ${thrownText(thrown)}`,
        error,
      );
  }

  private returned(error: unknown): void {
    this.log.write(this.handler, `a global filter returned a value, ${WITHOUT_EFFECT}`, error);
  }
}

const WITHOUT_EFFECT = 'which does not change whether the event is acknowledged or retried';
