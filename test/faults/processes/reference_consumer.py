"""
The reference's consumer as `consume_events` runs it, for numbered events.

    reference_consumer.py REDIS_URL TOPIC GROUP CONSUMER_NAME

Writes "ready" and one line for each event, `number nanoseconds`, as consumer.mjs does. Ends when the reference's loop does.
"""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "interop", "python"))

import reference  # noqa: E402


def main():
    """Consume until the loop ends or the process is killed."""
    redis_url, topic, group, name = sys.argv[1:]
    reference.setup(redis_url)
    from edx_event_bus_redis import RedisEventConsumer
    from openedx_events.enterprise.signals import SUBSIDY_REDEEMED

    def receiver(redemption, **kwargs):
        sys.stdout.write(f"{redemption.lms_user_id} {time.monotonic_ns()}\n")
        sys.stdout.flush()

    SUBSIDY_REDEEMED.connect(receiver)
    consumer = RedisEventConsumer(topic, group, name)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    consumer.consume_indefinitely()


main()
