"""
Sends events with the reference's real producer.

    produce.py BUS [TOPIC_PREFIX]

Standard input, JSON lines: {"topic", "type", "data", "metadata"}, on Kafka also "key_field". Standard output, one line
for each: {"sent": the metadata, "wire": the record that the reference hands to Avro}, on Kafka also "partition" and
"offset", or {"error": what the reference logged or raised}.
"""
import sys

import reference


def open_producer(bus):
    """The reference's producer, and what waits for the answer of the broker and tells where the record is."""
    if reference.on_kafka(bus):
        import kafka_reference
        return kafka_reference.open_producer()
    from edx_event_bus_redis import create_producer
    return create_producer(), dict


def main():
    """Send until the input ends."""
    reference.setup(*sys.argv[1:])
    errors = []
    reference.ErrorCapture(errors.append)
    from openedx_events.event_bus.avro.serializer import AvroSignalSerializer
    producer, place = open_producer(sys.argv[1])
    for line in reference.lines():
        signal = reference.signal_of(line["type"])
        data = reference.event_data(signal, line["data"])
        meta = reference.metadata(line["type"], line.get("metadata", {}))
        producer.send(signal=signal, topic=line["topic"], event_key_field=line.get("key_field", ""), event_data=data,
                      event_metadata=meta)
        placed = place()
        if errors:
            reference.say({"error": errors.pop()})
        else:
            wire = AvroSignalSerializer(signal).to_dict(data)
            reference.say({"sent": reference.plain(meta), "wire": reference.plain(wire), **placed})


main()
