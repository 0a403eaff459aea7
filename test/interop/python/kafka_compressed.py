"""
Writes records to a Kafka topic with a compression, without any of the reference's code.

    kafka_compressed.py BUS FULL_TOPIC COMPRESSION

Standard input, JSON lines: {"headers": [[name, hex]], "key": hex, "value": hex}.
"""
import json
import sys

from confluent_kafka import Producer

LIMIT = 30


def read(value):
    """Bytes from hex."""
    return None if value is None else bytes.fromhex(value)


def delivered(error, _):
    """End at the first record that was not taken."""
    if error is not None:
        raise RuntimeError(str(error))


def main():
    """All records, in few batches."""
    bus, topic, compression = sys.argv[1:]
    producer = Producer({
        "bootstrap.servers": json.loads(bus)["EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS"], "compression.type": compression,
        "linger.ms": 500, "enable.idempotence": True})
    for line in sys.stdin:
        record = json.loads(line)
        producer.produce(
            topic, key=read(record["key"]), value=read(record["value"]), on_delivery=delivered,
            headers=[(name, read(value)) for name, value in record["headers"]])
    if producer.flush(LIMIT):
        raise RuntimeError(f"not delivered in {LIMIT} s")


main()
