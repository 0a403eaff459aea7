import {
  createTraceState,
  isSpanContextValid,
  type SpanContext,
  type TraceState,
} from '@opentelemetry/api';

const PARENT = 'traceparent';
const STATE = 'tracestate';
/** Of W3C Trace Context: a later version may have further parts. */
const TRACE_PARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const LONGEST_STATE = 512;

/** The headers by which W3C Trace Context carries a span; none where there is no valid one. */
export function headersOf(span: SpanContext | undefined): (readonly [string, string])[] {
  if (!span || !isSpanContextValid(span)) return [];
  const flags = (span.traceFlags & 0xff).toString(16).padStart(2, '0');
  const headers: (readonly [string, string])[] = [
    [PARENT, `00-${span.traceId}-${span.spanId}-${flags}`],
  ];
  const state = span.traceState?.serialize();
  if (state) headers.push([STATE, state]);
  return headers;
}

/** The span that the headers carry, which come from outside; undefined where they are missing or invalid. */
export function remoteSpan(read: (name: string) => string | undefined): SpanContext | undefined {
  const parent = read(PARENT);
  if (parent === undefined) return undefined;
  const [, version, traceId, spanId, flags, more] = TRACE_PARENT.exec(parent) ?? [];
  if (!traceId || !spanId || !flags || version === 'ff' || (version === '00' && more))
    return undefined;
  const span: SpanContext = {
    traceId,
    spanId,
    traceFlags: parseInt(flags, 16) & 1,
    isRemote: true,
  };
  if (!isSpanContextValid(span)) return undefined;
  const traceState = stateOf(read(STATE));
  return traceState ? { ...span, traceState } : span;
}

function stateOf(text: string | undefined): TraceState | undefined {
  if (!text || text.length > LONGEST_STATE) return undefined;
  const state = createTraceState(text);
  return state.serialize() === '' ? undefined : state;
}
