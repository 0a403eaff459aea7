"""What the packages of the reference make of settings: one JSON line of settings in, one line of their meaning out."""

import json
import logging
import re
import sys
import time

import django
from django.conf import settings

settings.configure()
django.setup()

from confluent_kafka import Producer
from edx_event_bus_kafka.internal.config import load_common_settings as kafka_settings
from edx_event_bus_kafka.internal.producer import extract_key_schema
from edx_event_bus_redis.internal.config import get_full_topic
from edx_event_bus_redis.internal.config import load_common_settings as redis_settings
from openedx_events.event_bus.avro.serializer import AvroSignalSerializer
from openedx_events.tooling import OpenEdxPublicSignal, load_all_signals
from walrus import Database

load_all_signals()


class Lines(logging.Handler):
    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


def kafka():
    config = kafka_settings()
    kept = Lines()
    logger = logging.getLogger("librdkafka")
    logger.setLevel(logging.DEBUG)
    logger.handlers = [kept]
    logger.propagate = False
    producer = Producer({**config, "debug": "broker"}, logger=logger)
    brokers = []
    wanted = len([one for one in config["bootstrap.servers"].split(",") if one.strip()])
    deadline = time.monotonic() + 20
    while len(brokers) < wanted and time.monotonic() < deadline:
        producer.poll(0.05)
        found = re.findall(r"([^\s/]+)/bootstrap: Added new broker", "\n".join(kept.lines))
        brokers = sorted(set(found))
    return {
        "brokers": brokers,
        "security": config.get("security.protocol", "PLAINTEXT"),
        "username": config.get("sasl.username"),
    }


def redis():
    pool = Database.from_url(redis_settings()["url"]).connection_pool
    connection = pool.connection_class(**pool.connection_kwargs)
    return {
        "host": connection.host,
        "port": connection.port,
        "db": connection.db,
        "username": connection.username,
        "password": connection.password,
    }


def routes():
    return {
        event_type: {
            get_full_topic(topic): key_type(event_type, entry["event_key_field"])
            for topic, entry in topics.items()
        }
        for event_type, topics in settings.EVENT_BUS_PRODUCER_CONFIG.items()
    }


def key_type(event_type, key_field):
    serializer = AvroSignalSerializer(OpenEdxPublicSignal.get_signal_by_type(event_type))
    return json.loads(extract_key_schema(serializer, key_field))["type"]


for line in sys.stdin:
    given = json.loads(line)
    for name, value in given.items():
        setattr(settings, name, value)
    backend = "redis" if "redis" in given["EVENT_BUS_PRODUCER"] else "kafka"
    answer = {backend: redis() if backend == "redis" else kafka(), "routes": routes()}
    for name in given:
        delattr(settings, name)
    print(json.dumps(answer), flush=True)
