"""Records the partition that librdkafka gives to a key: python kafka-partitions.py > kafka-partitions.json

The functions are called in the library that confluent-kafka brings; for four partitions a real
producer with default settings then sends the same keys to librdkafka's own mock broker.
"""
import ctypes
import glob
import json
import os
import random

import confluent_kafka

COUNTS = [1, 2, 3, 4, 6, 7, 12, 16, 50, 100, 1000]
TEXTS = ["a", "foobob", "course-v1:edX+DemoX+2024", "user+tag@example.org", "مرحبا", "日本語", "😀", "x" * 300]


def frame(schema_id, body):
    return b"\0" + schema_id.to_bytes(4, "big") + body


def text_key(schema_id, text):
    data = text.encode()
    assert len(data) < 8192
    length = len(data) << 1
    prefix = bytes([length]) if length < 128 else bytes([length & 127 | 128, length >> 7])
    return frame(schema_id, prefix + data)


def keys():
    yield from (bytes([byte]) for byte in (0, 1, 127, 128, 255))
    yield from (b"\0" * length for length in (2, 3, 4, 5, 8))
    yield from (text.encode() for text in TEXTS)
    yield from (text_key(schema_id, text) for schema_id in (1, 38, 2**31 - 1) for text in TEXTS)
    chance = random.Random(7)
    yield from (chance.randbytes(length) for length in range(1, 41))
    yield from (frame(2, bytes([number])) for number in range(0, 20, 3))


def library():
    folder = os.path.dirname(confluent_kafka.__file__) + ".libs"
    return ctypes.CDLL(glob.glob(f"{folder}/librdkafka*.so*")[0])


def partitioner(lib, name):
    function = getattr(lib, f"rd_kafka_msg_partitioner_{name}")
    function.restype = ctypes.c_int32
    function.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p]
    return lambda key, count: function(None, key, len(key), count, None, None)


def produced(all_keys, **config):
    """What a real producer does; librdkafka's mock broker makes topics of four partitions."""
    places = {}
    producer = confluent_kafka.Producer({"test.mock.num.brokers": 1, "log_level": 0, **config})
    for key in all_keys:
        producer.produce("t", key=key, value=b"v", on_delivery=lambda err, msg: places.__setitem__(msg.key(), msg.partition()))
    assert producer.flush(30) == 0
    return places


def main():
    lib = library()
    crc32 = partitioner(lib, "consistent_random")
    murmur2 = partitioner(lib, "murmur2")
    all_keys = list(dict.fromkeys(keys()))
    by_default = produced(all_keys)
    as_java = produced(all_keys, partitioner="murmur2_random")
    rows = []
    for key in all_keys:
        assert by_default[key] == crc32(key, 4) and as_java[key] == murmur2(key, 4)
        rows.append({
            "key": key.hex(),
            "consistent_random": [crc32(key, count) for count in COUNTS],
            "murmur2": [murmur2(key, count) for count in COUNTS],
        })
    versions = {"confluent-kafka": confluent_kafka.__version__, "librdkafka": confluent_kafka.libversion()[0]}
    head = json.dumps({"recorded_with": versions, "partition_counts": COUNTS})[:-1]
    print(head + ', "keys": [\n' + ",\n".join(map(json.dumps, rows)) + "\n]}")


main()
