"""
The reference's producer and consumer on Kafka.

Besides the reference's own settings, TESTS_KAFKA_CA_FILE names a CA to trust: the reference trusts the system's only.
"""
import time

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from django.conf import settings
from edx_event_bus_kafka.internal import config, consumer as consumer_module, producer as producer_module

LIMIT = 30


def client_settings():
    """What the reference gives to every client, and the CA to trust."""
    common = config.load_common_settings()
    ca_file = getattr(settings, "TESTS_KAFKA_CA_FILE", None)
    return {**common, **({"ssl.ca.location": ca_file} if ca_file else {})}


consumer_module.load_common_settings = producer_module.load_common_settings = client_settings


class Placing:
    """Stands before a producing client and keeps the place of the record that was taken last."""

    def __init__(self, client):
        self._client = client
        self.place = {}

    def __getattr__(self, name):
        return getattr(self._client, name)

    def produce(self, *args, on_delivery, **kwargs):
        """Produce, with one more thing to do at delivery."""
        def delivered(error, message):
            if error is None:
                self.place = {"partition": message.partition(), "offset": message.offset()}
            on_delivery(error, message)
        self._client.produce(*args, on_delivery=delivered, **kwargs)


def open_producer():
    """The reference's producer, and what waits for the answer of the broker and tells where the record is."""
    producer = producer_module.create_producer()
    producer.producer = client = Placing(producer.producer)

    def place():
        if client.flush(LIMIT):
            raise RuntimeError(f"not delivered in {LIMIT} s")
        return client.place
    return producer, place


class Announcing:
    """Stands before a consuming client and tells when it has got partitions. (Asking it from a second thread starves.)"""

    def __init__(self, client, announce):
        self._client = client
        self._announce = announce

    def __getattr__(self, name):
        return getattr(self._client, name)

    def subscribe(self, topics):
        """Subscribe, with one thing to do at assignment."""
        self._client.subscribe(topics, on_assign=lambda *_: self._announce())


def open_consumer(topic, group, announce):
    """The reference's consumer, which by itself starts a new group at the end. A group is for one topic."""
    full_topic = config.get_full_topic(topic)
    make_topic(full_topic)
    start_at_beginning(full_topic, group)
    consumer = consumer_module.KafkaEventConsumer(topic, group)
    consumer.consumer = Announcing(consumer.consumer, announce)
    return consumer


def make_topic(topic):
    """Have the topic there: the reference's consumer ends at one that is missing."""
    admin = AdminClient(client_settings())  # ended with its last reference
    try:
        admin.create_topics([NewTopic(topic)])[topic].result(LIMIT)
    except KafkaException as error:
        if error.args[0].name() != "TOPIC_ALREADY_EXISTS":
            raise


def start_at_beginning(topic, group):
    """Set the partitions where the group has no position to 0. (The admin client crashed at a broker just started.)"""
    client = Consumer({**client_settings(), "group.id": group, "enable.auto.commit": False})
    try:
        numbers = client.list_topics(topic, timeout=LIMIT).topics[topic].partitions
        asked = [TopicPartition(topic, number) for number in numbers]
        known = coordinated(lambda: client.committed(asked, timeout=LIMIT))
        new = [TopicPartition(topic, place.partition, 0) for place in known if place.offset < 0]
        if new:
            coordinated(lambda: client.commit(offsets=new, asynchronous=False))
    finally:
        client.close()


def coordinated(call):
    """Call again for a while where a broker just started has no coordinator of the group yet."""
    end = time.monotonic() + LIMIT
    while True:
        try:
            return call()
        except KafkaException as error:
            if not error.args[0].retriable() and "COORDINATOR" not in error.args[0].name() or time.monotonic() > end:
                raise
        time.sleep(0.2)
