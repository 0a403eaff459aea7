"""
The Python reference, as it comes: its audit log is on and goes to the null device.

    reference.py DRIVERS_FOLDER REDIS_URL STREAM_MAX_LEN
"""
import os
import sys

drivers, url, max_len = sys.argv[1:]
sys.path[:0] = [drivers, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "common")]
import answering  # noqa: E402
import reference  # noqa: E402


def main():
    """Answer until the input ends."""
    reference.setup(url)
    from django.conf import settings
    from edx_event_bus_redis import create_producer, RedisEventConsumer
    settings.EVENT_BUS_REDIS_STREAM_MAX_LEN = int(max_len)
    answering.answer(create_producer, lambda topic, group: RedisEventConsumer(
        topic, group, "python", last_read_msg_id="0-0"))


main()
