"""
Runs the reference's real consumer and prints what it hands to receivers.

    consume.py REDIS_URL TOPIC GROUP [TOPIC_PREFIX]

Reads a new group from the beginning of the topic and an old one from where it stopped. Standard output, JSON lines:
{"ready": true} once the group exists, then {"type", "metadata", "data"} for each event and {"error"} for each error
that the reference logs. Ends after its standard input has ended.
"""
import sys
import threading

import reference


def main():
    """Consume until the test has had enough."""
    redis_url, topic, group, *prefix = sys.argv[1:]
    reference.setup(redis_url, *prefix)
    reference.ErrorCapture(lambda message: reference.say({"error": message}))
    from edx_event_bus_redis import RedisEventConsumer
    from openedx_events.tooling import OpenEdxPublicSignal

    def receiver(signal, metadata, from_event_bus, **kwargs):
        kwargs.pop("sender", None)
        assert from_event_bus
        reference.say({"type": signal.event_type, "metadata": metadata.to_json_data(),
                       "data": {name: reference.plain(value) for name, value in kwargs.items()}})

    for signal in OpenEdxPublicSignal.all_events():
        signal.connect(receiver, weak=False)
    consumer = RedisEventConsumer(topic, group, "python", check_backlog=True)

    def end_with_input():
        sys.stdin.read()
        consumer._shut_down()

    threading.Thread(target=end_with_input, daemon=True).start()
    reference.say({"ready": True})
    consumer.consume_indefinitely()


main()
