"""
Sends events with the reference's real producer.

    produce.py REDIS_URL [TOPIC_PREFIX]

Standard input, JSON lines: {"topic", "type", "data", "metadata"}. Standard output, one line for each: {"sent": the
metadata, "wire": the record that the reference hands to Avro}, or {"error": what the reference logged or raised}.
"""
import sys

import reference


def main():
    """Send until the input ends."""
    reference.setup(*sys.argv[1:])
    errors = []
    reference.ErrorCapture(errors.append)
    from edx_event_bus_redis import create_producer
    from openedx_events.event_bus.avro.serializer import AvroSignalSerializer
    producer = create_producer()
    for line in reference.lines():
        signal = reference.signal_of(line["type"])
        data = reference.event_data(signal, line["data"])
        meta = reference.metadata(line["type"], line.get("metadata", {}))
        producer.send(signal=signal, topic=line["topic"], event_key_field="", event_data=data, event_metadata=meta)
        if errors:
            reference.say({"error": errors.pop()})
        else:
            wire = AvroSignalSerializer(signal).to_dict(data)
            reference.say({"sent": meta.to_json_data(), "wire": reference.plain(wire)})


main()
