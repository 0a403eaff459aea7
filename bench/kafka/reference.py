"""
The Python reference on Kafka, as it comes: its audit log is on and goes to the null device.

    reference.py DRIVERS_FOLDER BUS

Each JSON line of standard input asks for a run and is answered by one: {"what": "produce", "topic", "n"} sends one
event after the other and waits for the last of them to be delivered, {"what": "consume", "topic", "group", "n"} reads
the topic from its beginning. Consuming is measured from the first to the last call of the receiver.
"""
import json
import logging
import os
import sys
import time

drivers, bus = sys.argv[1:]
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
    from edx_event_bus_kafka import create_producer
    with open(os.path.join(HERE, "..", "common", "enrolment.json"), encoding="utf-8") as file:
        data = reference.event_data(signal, json.load(file))
    producer = create_producer()
    watch = Stopwatch()
    for _ in range(n):
        producer.send(signal=signal, topic=topic, event_key_field=KEY, event_data=data,
                      event_metadata=signal.generate_signal_metadata())
    producer.prepare_for_shutdown()
    return watch.stop(n)


def consume(signal, topic, group, n):
    """Receive `n` events."""
    import kafka_reference
    seen = 0
    watch = None
    consumer = kafka_reference.open_consumer(topic, group, lambda: None)

    def receiver(**kwargs):
        nonlocal seen, watch
        watch = watch or Stopwatch()
        seen += 1
        if seen >= n:
            consumer._shut_down()

    signal.connect(receiver, weak=False)
    consumer.consume_indefinitely()
    signal.disconnect(receiver)
    return watch.stop(n)


def main():
    """Answer until the input ends."""
    reference.setup(bus)
    logging.getLogger().addHandler(logging.StreamHandler(open(os.devnull, "w", encoding="utf-8")))
    logging.getLogger().setLevel(logging.INFO)
    signal = reference.signal_of(TYPE)
    for line in reference.lines():
        run = {"produce": produce, "consume": consume}[line["what"]]
        reference.say(run(signal, line["topic"], line["group"], line["n"]))


main()
