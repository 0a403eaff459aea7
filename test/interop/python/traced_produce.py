"""
Sends events with the reference's real producer on Kafka, traced by OpenTelemetry.

    traced_produce.py BUS

As produce.py; each line of the output has the trace and the span that the event was sent in, too. The headers of the trace come
after those of the event, as the agents of OpenTelemetry add them.
"""
import sys

import reference


class Tracing:
    """Stands before a producing client, and adds the context of the active span to each record."""

    def __init__(self, client):
        self._client = client

    def __getattr__(self, name):
        return getattr(self._client, name)

    def produce(self, *args, headers, **kwargs):
        """Produce, with further headers."""
        from opentelemetry import propagate
        carrier = {}
        propagate.inject(carrier)
        more = [(name, value.encode("utf8")) for name, value in carrier.items()]
        self._client.produce(*args, headers=list(headers.items() if isinstance(headers, dict) else headers) + more, **kwargs)


def main():
    """Send until the input ends."""
    reference.setup(*sys.argv[1:])
    errors = []
    reference.ErrorCapture(errors.append)
    import kafka_reference
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    producer, place = kafka_reference.open_producer()
    producer.producer = Tracing(producer.producer)
    trace.set_tracer_provider(TracerProvider())
    tracer = trace.get_tracer("lms")
    for line in reference.lines():
        signal = reference.signal_of(line["type"])
        with tracer.start_as_current_span("send " + line["topic"], kind=trace.SpanKind.PRODUCER) as span:
            meta = reference.metadata(line["type"], line.get("metadata", {}))
            producer.send(signal=signal, topic=line["topic"], event_key_field=line.get("key_field", ""),
                          event_data=reference.event_data(signal, line["data"]), event_metadata=meta)
            placed = place()
        context = span.get_span_context()
        said = {"error": errors.pop()} if errors else {"sent": reference.plain(meta)}
        reference.say({**said, **placed, "trace": f"{context.trace_id:032x}", "span": f"{context.span_id:016x}"})


main()
