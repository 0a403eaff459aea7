"""
Shows every record of a Kafka topic, without any of the reference's code.

    kafka_records.py BUS FULL_TOPIC

Standard output, JSON lines in the order of partitions and offsets: {"partition", "offset", "headers": [[name, hex]],
"key": hex, "value": hex}.
"""
import json
import sys

from confluent_kafka import Consumer, KafkaError, TopicPartition

LIMIT = 30


def records(bootstrap_servers, topic):
    """Every record, until no partition has more."""
    consumer = Consumer({"bootstrap.servers": bootstrap_servers, "group.id": "records", "enable.auto.commit": False,
                         "auto.offset.reset": "earliest", "enable.partition.eof": True})
    try:
        for number in sorted(consumer.list_topics(topic, timeout=LIMIT).topics[topic].partitions):
            consumer.assign([TopicPartition(topic, number, 0)])
            while True:
                message = consumer.poll(LIMIT)
                if message is None:
                    raise RuntimeError(f"cannot read {topic} in {LIMIT} s")
                if message.error() and message.error().code() == KafkaError._PARTITION_EOF:
                    break
                if message.error():
                    raise RuntimeError(f"cannot read {topic}: {message.error()}")
                yield message
    finally:
        consumer.close()


def shown(value):
    """Bytes as hex."""
    return None if value is None else value.hex()


def main():
    """The whole topic."""
    bus, topic = sys.argv[1:]
    for message in records(json.loads(bus)["EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS"], topic):
        print(json.dumps({
            "partition": message.partition(), "offset": message.offset(),
            "headers": [[name, shown(value)] for name, value in message.headers() or []],
            "key": shown(message.key()), "value": shown(message.value())}), flush=True)


main()
