"""
Reads Avro bodies with the reference's library: lines of {"writer": schema, "reader": schema, "bodies": [hex]} in,
for each one line out with what became of each body: {"value": plain JSON} or {"error": the class}.
"""
import io
import json

import fastavro

from reference import lines, plain, say


def tagged(value):
    """Plain JSON, bytes too."""
    if isinstance(value, bytes):
        return {"$bytes": value.hex()}
    if isinstance(value, dict):
        return {key: tagged(item) for key, item in value.items()}
    if isinstance(value, list):
        return [tagged(item) for item in value]
    return plain(value)


def read(writer, reader, body):
    """What becomes of a body."""
    try:
        return {"value": tagged(fastavro.schemaless_reader(io.BytesIO(body), writer, reader))}
    except Exception as error:  # pylint: disable=broad-except
        return {"error": type(error).__name__}


for line in lines():
    schemas = [fastavro.parse_schema(json.loads(line[side])) for side in ("writer", "reader")]
    say([read(*schemas, bytes.fromhex(body)) for body in line["bodies"]])
