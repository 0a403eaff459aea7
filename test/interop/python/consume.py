"""
Runs the reference's real consumer and prints what it hands to receivers.

    consume.py BUS TOPIC GROUP [TOPIC_PREFIX]
    consume.py --at-end BUS TOPIC GROUP [TOPIC_PREFIX]

Reads a new group from the beginning of the topic and an old one from where it stopped; on Redis with --at-end, as the
reference does by itself, from the end at its start. Standard output, JSON lines:
{"ready": true} once the group exists, on Kafka once it has partitions (a topic that is not there is made), then {"type", "metadata", "data"} for each event and {"error"} for each error
that the reference logs. Ends after its standard input has ended.
"""
import sys
import threading

import reference


def open_consumer(bus, topic, group, announce, at_end=False):
    """The reference's consumer, at the beginning of the topic where the group is new, or on Redis at its end."""
    if reference.on_kafka(bus):
        import kafka_reference
        return kafka_reference.open_consumer(topic, group, announce)
    from edx_event_bus_redis import RedisEventConsumer
    consumer = RedisEventConsumer(topic, group, "python", check_backlog=not at_end)
    announce()
    return consumer


def main():
    """Consume until the test has had enough."""
    at_end = sys.argv[1] == "--at-end"
    bus, topic, group, *prefix = sys.argv[1 + at_end:]
    reference.setup(bus, *prefix)
    reference.ErrorCapture(lambda message: reference.say({"error": message}))
    from openedx_events.tooling import OpenEdxPublicSignal

    def receiver(signal, metadata, from_event_bus=True, **kwargs):  # 8.2.0 does not say
        kwargs.pop("sender", None)
        assert from_event_bus
        reference.say({"type": signal.event_type, "metadata": reference.plain(metadata),
                       "data": {name: reference.plain(value) for name, value in kwargs.items()}})

    for signal in OpenEdxPublicSignal.all_events():
        signal.connect(receiver, weak=False)
    consumer = open_consumer(bus, topic, group, lambda: reference.say({"ready": True}), at_end)

    def end_with_input():
        sys.stdin.read()
        consumer._shut_down()

    threading.Thread(target=end_with_input, daemon=True).start()
    consumer.consume_indefinitely()


main()
