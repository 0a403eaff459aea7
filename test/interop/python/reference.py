"""
What the drivers share: the reference set up against one broker, plain JSON to event data and back, a capture of what
the reference logs.

A bus is a Redis URL, or a JSON object with the EVENT_BUS_KAFKA_* settings.

Plain JSON: records are objects, keys, UUIDs and datetimes are strings. Numbers that JSON or JavaScript cannot hold
are tagged: {"$float": "NaN" | "Infinity" | "-Infinity" | "-0.0"} and {"$long": "9223372036854775807"}.
"""
import json
import logging
import math
import sys
from datetime import datetime
from typing import get_args, get_origin
from uuid import UUID

SAFE_INTEGER = 2 ** 53 - 1


def setup(bus=None, topic_prefix=None):
    """Load Django and every event signal; with a bus, for the event bus there."""
    from django.conf import settings
    settings.configure(
        SECRET_KEY="tests", USE_TZ=True, TIME_ZONE="UTC", INSTALLED_APPS=["openedx_events"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        OPENEDX_TELEMETRY=[], EVENTS_SERVICE_NAME="reference",
        EVENT_BUS_TOPIC_PREFIX=topic_prefix,
        **(json.loads(bus) if on_kafka(bus) else {"EVENT_BUS_REDIS_CONNECTION_URL": bus}),
        EVENT_BUS_KAFKA_CONSUMER_POLL_TIMEOUT=0.2, EVENT_BUS_KAFKA_CONSUMER_POLL_FAILURE_SLEEP=0.2,
        EVENT_BUS_REDIS_CONSUMER_POLL_TIMEOUT=1, EVENT_BUS_REDIS_CONSUMER_POLL_FAILURE_SLEEP=0.2)
    import django
    from openedx_events.tooling import load_all_signals
    django.setup()
    load_all_signals()


def on_kafka(bus):
    """Whether a bus is one on Kafka."""
    return bus is not None and bus.startswith("{")


def signal_of(event_type):
    """The signal of an event type."""
    from openedx_events.tooling import OpenEdxPublicSignal
    return OpenEdxPublicSignal.get_signal_by_type(event_type)


def say(line):
    """One JSON line for the test."""
    print(json.dumps(line, ensure_ascii=False), flush=True)


def lines():
    """The JSON lines that the test writes, until it ends them."""
    return map(json.loads, sys.stdin)


def untag(value):
    """Turn tagged numbers into Python numbers, at any depth."""
    if isinstance(value, dict):
        if set(value) == {"$float"}:
            return float(value["$float"])
        if set(value) == {"$long"}:
            return int(value["$long"])
        return {key: untag(item) for key, item in value.items()}
    if isinstance(value, list):
        return [untag(item) for item in value]
    return value


def build(data_type, value):
    """
    Make an object of `data_type` from plain JSON. Absent attributes take their defaults; given ones, None and
    empty ones too, are passed on as they are.
    """
    from openedx_events.event_bus.avro.deserializer import DEFAULT_DESERIALIZERS
    if value is None:
        return None
    if data_type in DEFAULT_DESERIALIZERS:
        return DEFAULT_DESERIALIZERS[data_type](value)
    if get_origin(data_type) is list:
        return [build(get_args(data_type)[0], item) for item in value]
    if get_origin(data_type) is dict:
        return {key: build(get_args(data_type)[1], item) for key, item in value.items()}
    if hasattr(data_type, "__attrs_attrs__"):
        known = {a.name: a for a in data_type.__attrs_attrs__}
        return data_type(**{name: build(known[name].type, item) for name, item in value.items()})
    return value


def event_data(signal, data):
    """Event data (objects) for a signal from plain JSON."""
    data = untag(data)
    return {name: build(data_type, data[name]) for name, data_type in signal.init_data.items() if name in data}


def plain(value):
    """Turn event data, as a receiver gets it, back into plain JSON."""
    if hasattr(type(value), "__attrs_attrs__"):
        return {a.name: plain(getattr(value, a.name)) for a in type(value).__attrs_attrs__}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return value if abs(value) <= SAFE_INTEGER else {"$long": str(value)}
    if isinstance(value, float):
        if math.isnan(value):
            return {"$float": "NaN"}
        if math.isinf(value):
            return {"$float": "Infinity" if value > 0 else "-Infinity"}
        return {"$float": "-0.0"} if value == 0 and math.copysign(1, value) < 0 else value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, type):
        return {"$class": value.__qualname__}
    return str(value)


def metadata(event_type, given):
    """An EventsMetadata from plain JSON; what is left out, the reference makes up."""
    from openedx_events.data import EventsMetadata
    convert = {"id": UUID, "time": datetime.fromisoformat, "sourcelib": tuple}
    return EventsMetadata(event_type=event_type, **{
        name: convert.get(name, lambda same: same)(value) for name, value in given.items()})


class ErrorCapture(logging.Handler):
    """Hands every error that the reference logs to a callback."""

    def __init__(self, on_error):
        super().__init__(level=logging.ERROR)
        self.on_error = on_error
        for name in ("edx_event_bus_kafka", "edx_event_bus_redis", "openedx_events"):
            logger = logging.getLogger(name)
            logger.setLevel(logging.INFO)
            logger.addHandler(self)

    def emit(self, record):
        """Called by logging."""
        self.on_error(record.getMessage())
