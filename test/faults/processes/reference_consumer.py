"""
The reference's consumer as `consume_events` runs it, for numbered events.

    reference_consumer.py REDIS_URL TOPIC GROUP CONSUMER_NAME
    reference_consumer.py KAFKA_SETTINGS TOPIC GROUP SESSION_TIMEOUT

Writes "ready" and one line for each event, `number nanoseconds`, as consumer.mjs does. Ends when the reference's loop does.
On Kafka a new group begins with the topic, and the session time-out, for which the reference has no setting, is given.
"""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "interop", "python"))

import reference  # noqa: E402


def kafka_consumer(topic, group, session_timeout):
    """The reference's consumer on Kafka."""
    import kafka_reference
    settings = {**kafka_reference.client_settings(), "session.timeout.ms": int(session_timeout) * 1000}
    kafka_reference.consumer_module.load_common_settings = lambda: dict(settings)
    return kafka_reference.open_consumer(topic, group, lambda: None)


def redis_consumer(topic, group, name):
    """The reference's consumer on Redis."""
    from edx_event_bus_redis import RedisEventConsumer
    return RedisEventConsumer(topic, group, name)


def main():
    """Consume until the loop ends or the process is killed."""
    bus, topic, group, last = sys.argv[1:]
    reference.setup(bus)
    from openedx_events.enterprise.signals import SUBSIDY_REDEEMED

    def receiver(redemption, **kwargs):
        sys.stdout.write(f"{redemption.lms_user_id} {time.monotonic_ns()}\n")
        sys.stdout.flush()

    SUBSIDY_REDEEMED.connect(receiver)
    make = kafka_consumer if reference.on_kafka(bus) else redis_consumer
    consumer = make(topic, group, last)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    consumer.consume_indefinitely()


main()
