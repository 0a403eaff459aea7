"""
The Python reference on Kafka, as it comes: its audit log is on and goes to the null device. A run that produces waits
for the last event to be delivered.

    reference.py DRIVERS_FOLDER BUS
"""
import os
import sys

drivers, bus = sys.argv[1:]
sys.path[:0] = [drivers, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "common")]
import answering  # noqa: E402
import reference  # noqa: E402


def main():
    """Answer until the input ends."""
    reference.setup(bus)
    import kafka_reference
    from edx_event_bus_kafka import create_producer
    answering.answer(create_producer, lambda topic, group: kafka_reference.open_consumer(topic, group, lambda: None),
                     confirm=lambda producer: producer.prepare_for_shutdown())


main()
