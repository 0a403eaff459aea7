"""
What the Python contenders share. The drivers' folder must be on the path.

Each JSON line of standard input asks for a run and is answered by one: {"what": "produce", "topic", "n"} sends one
event after the other, {"what": "consume", "topic", "group", "n"} reads the topic from its beginning. Consuming is
measured from the first to the last call of the receiver.
"""
import json
import logging
import os
import time

import reference

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


def produce(signal, producer, confirm, topic, n):
    """Send `n` events; `confirm` is called behind the last of them."""
    with open(os.path.join(HERE, "enrolment.json"), encoding="utf-8") as file:
        data = reference.event_data(signal, json.load(file))
    watch = Stopwatch()
    for _ in range(n):
        producer.send(signal=signal, topic=topic, event_key_field=KEY, event_data=data,
                      event_metadata=signal.generate_signal_metadata())
    confirm(producer)
    return watch.stop(n)


def consume(signal, consumer, n):
    """Receive `n` events."""
    seen = 0
    watch = None

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


def answer(open_producer, open_consumer, confirm=lambda producer: None):
    """Answer until the input ends, with the audit log on its way to the null device."""
    logging.getLogger().addHandler(logging.StreamHandler(open(os.devnull, "w", encoding="utf-8")))
    logging.getLogger().setLevel(logging.INFO)
    signal = reference.signal_of(TYPE)
    for run in reference.lines():
        topic, n = run["topic"], run["n"]
        reference.say(produce(signal, open_producer(), confirm, topic, n) if run["what"] == "produce"
                      else consume(signal, open_consumer(topic, run["group"]), n))
