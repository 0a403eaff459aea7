"""
Makes event data for every event that the reference can serialize, always the same.

Standard output, JSON lines: {"type", "name", "key_field", "data"}, where a Kafka key may be taken from the field, and {"type", "name", "refused"} where the reference cannot
write the data. Names: "full" (every attribute given), "minimal" (only what has no default), "zero" (everything
false, 0 or empty that may be) and "random" (attributes with a default left out at random).
"""
import json
import random
from datetime import datetime, timedelta, timezone
from typing import get_args, get_origin
from uuid import UUID

import attr

import reference

TEXTS = ["", "plain", "zoë", "مرحبا", "\U0001f600 emoji", "line\nbreak\ttab", "quo\"te \\ '", "\x00nul", "{\"a\": 1}", "x" * 300]
LONGS = [0, 1, -1, 63, -65, 2 ** 31, 2 ** 53 - 1, 2 ** 53 + 1, -2 ** 53 - 1, 2 ** 63 - 1, -2 ** 63]
DOUBLES = [0.0, -0.0, 1.5, -0.1, 1e308, 5e-324, float("inf"), float("-inf"), float("nan"), 3.0]
# In UTF-16 the last two are the other way round.
MAP_KEYS = ["", "a", "B", "é", "\uff5e", "\U0001f600"]
KEYS = {
    "CourseKey": ["course-v1:edX+DemoX+Demo_Course", "edX/DemoX/Demo_Course", "library-v1:edX+lib", "ccx-v1:edX+DemoX+Demo+ccx@7"],
    "CCXLocator": ["ccx-v1:edX+DemoX+Demo_Course+ccx@1"],
    "UsageKey": ["block-v1:edX+DemoX+Demo+type@html+block@intro", "i4x://edX/DemoX/html/intro",
                 "lb:edX:lib:problem:one"],
    "LibraryLocatorV2": ["lib:edX:lib"],
    "LibraryUsageLocatorV2": ["lb:edX:lib:html:one"],
    "LibraryCollectionLocator": ["lib-collection:edX:lib:coll"],
    "LibraryContainerLocator": ["lct:edX:lib:unit:u1"],
}
TIMES = [
    datetime(2024, 5, 7, 8, 9, 10, 123456, tzinfo=timezone.utc), datetime(2024, 5, 7, 8, 9, 10),
    datetime(1, 1, 1, tzinfo=timezone.utc), datetime(9999, 12, 31, 23, 59, 59, 999999),
    datetime(2024, 2, 29, 0, 0, 0, 1, tzinfo=timezone(timedelta(hours=-3, minutes=-30))),
]


class Maker:
    """Makes plain JSON for data types."""

    def __init__(self, name, seed):
        self.name = name
        self.random = random.Random(f"{name} {seed}")

    def value(self, data_type):
        """A value of the type, in plain JSON."""
        if hasattr(data_type, "__attrs_attrs__"):
            return {a.name: self.value(a.type) for a in data_type.__attrs_attrs__ if self.takes(a)}
        if get_origin(data_type) is list:
            return [self.value(get_args(data_type)[0]) for _ in range(self.size())]
        if get_origin(data_type) is dict:
            keys = sorted(self.random.sample(MAP_KEYS, self.size()), reverse=True)
            return {key: self.value(get_args(data_type)[1]) for key in keys}
        return reference.plain(self.simple(data_type))

    def takes(self, attribute):
        """Whether an attribute is given."""
        if attribute.default is attr.NOTHING or self.name == "full":
            return True
        return self.name != "minimal" and (self.name == "zero" or self.random.random() < 0.5)

    def size(self):
        """How many items a list or map gets."""
        return 0 if self.name == "zero" else self.random.randint(1, 4)

    def simple(self, data_type):
        """A value without parts."""
        choices = {bool: [False, True], int: LONGS, float: DOUBLES, str: TEXTS}.get(data_type)
        if choices:
            return choices[0] if self.name == "zero" else self.random.choice(choices)
        if data_type is datetime:
            return self.random.choice(TIMES)
        if data_type is UUID:
            return UUID(int=self.random.getrandbits(128))
        return self.random.choice(KEYS[data_type.__name__])


def key_field(fields, path=()):
    """The first required field of a record that the reference can make a Kafka key of, in dots."""
    for field in fields:
        here = (*path, field["name"])
        if field["type"] in ("string", "long") and "default" not in field:
            return ".".join(here)
        if isinstance(field["type"], dict) and "fields" in field["type"]:
            found = key_field(field["type"]["fields"], here)
            if found:
                return found
    return None


def main():
    """Every event."""
    reference.setup()
    from openedx_events.event_bus.avro.serializer import AvroSignalSerializer, serialize_event_data_to_bytes
    from openedx_events.tooling import OpenEdxPublicSignal
    for signal in sorted(OpenEdxPublicSignal.all_events(), key=lambda s: s.event_type):
        try:
            schema = json.loads(AvroSignalSerializer(signal).schema_string())
        except TypeError:  # an event whose data has no Avro schema
            continue
        for name in ("full", "minimal", "zero", "random"):
            maker = Maker(name, signal.event_type)
            data = {name: maker.value(data_type) for name, data_type in signal.init_data.items()}
            line = {"type": signal.event_type, "name": name, "key_field": key_field(schema["fields"])}
            try:
                serialize_event_data_to_bytes(reference.event_data(signal, data), signal)
            except Exception as error:
                reference.say({**line, "refused": f"{type(error).__name__}: {error}"})
            else:
                reference.say({**line, "data": data})


main()
