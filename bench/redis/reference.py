"""
The Python reference, as it comes: its audit log is on and goes to the null device.

    reference.py DRIVERS_FOLDER REDIS_URL STREAM_MAX_LEN

Each JSON line of standard input asks for a run and is answered by one: {"what": "produce", "topic", "n"} sends one
event after the other, {"what": "consume", "topic", "group", "n"} reads the topic from its beginning. Consuming is
measured from the first to the last call of the receiver.
"""
import json
import logging
import os
import sys
import time

drivers, url, max_len = sys.argv[1:]
sys.path.insert(0, drivers)
import reference  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
TYPE = "org.openedx.learning.course.enrollment.created.v1"
KEY = "enrollment.course.course_key"


class Stopwatch:
    """Measures from its making, as the other contenders do."""

    def __init__(self):
        self.begin = time.perf_counter()
        self.cpu = time.process_time()

    def stop(self, n):
        """The measure of `n` events."""
        return {"n": n, "seconds": time.perf_counter() - self.begin,
                "cpuMicros": (time.process_time() - self.cpu) * 1e6 / n}


def produce(signal, topic, _, n):
    """Send `n` events."""
    from edx_event_bus_redis import create_producer
    with open(os.path.join(HERE, "..", "common", "enrolment.json"), encoding="utf-8") as file:
        data = reference.event_data(signal, json.load(file))
    producer = create_producer()
    watch = Stopwatch()
    for _ in range(n):
        producer.send(signal=signal, topic=topic, event_key_field=KEY, event_data=data,
                      event_metadata=signal.generate_signal_metadata())
    return watch.stop(n)


def consume(signal, topic, group, n):
    """Receive `n` events."""
    from edx_event_bus_redis import RedisEventConsumer
    seen = 0
    watch = None

    def receiver(**kwargs):
        nonlocal seen, watch
        watch = watch or Stopwatch()
        seen += 1
        if seen >= n:
            consumer._shut_down()

    consumer = RedisEventConsumer(topic, group, "python", last_read_msg_id="0-0")
    signal.connect(receiver, weak=False)
    consumer.consume_indefinitely()
    signal.disconnect(receiver)
    return watch.stop(n)


def main():
    """Answer until the input ends."""
    reference.setup(url)
    from django.conf import settings
    settings.EVENT_BUS_REDIS_STREAM_MAX_LEN = int(max_len)
    logging.getLogger().addHandler(logging.StreamHandler(open(os.devnull, "w", encoding="utf-8")))
    logging.getLogger().setLevel(logging.INFO)
    signal = reference.signal_of(TYPE)
    for line in reference.lines():
        what = line.pop("what")
        run = {"produce": produce, "consume": consume}[what]
        reference.say(run(signal, line["topic"], line["group"], line["n"]))


main()
