"""
Decodes Avro bodies as the reference's consumers do: lines of {"type", "bodies": [hex]} in, for each one line out with the
data of each body in plain JSON, or {"error"} for one that the reference does not take.
"""
import reference


def decoded(signal, body):
    """The data of a body."""
    from openedx_events.event_bus.avro.deserializer import deserialize_bytes_to_event_data
    try:
        data = deserialize_bytes_to_event_data(bytes.fromhex(body), signal)
    except Exception as error:  # pylint: disable=broad-except
        return {"error": f"{type(error).__name__}: {error}"}
    return {name: reference.plain(value) for name, value in data.items()}


def main():
    """Every line."""
    reference.setup()
    for line in reference.lines():
        signal = reference.signal_of(line["type"])
        reference.say([decoded(signal, body) for body in line["bodies"]])


main()
