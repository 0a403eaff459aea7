"""
Writes, as JSON on standard output, every event of the installed openedx-events release: its data
classes, defaults and documentation, and the SHA-256 of the Avro schema text that the release makes of it.

Facts only; README.md beside this file describes the format and the command.
"""

import ast
import hashlib
import importlib
import inspect
import json
import pkgutil
import re
import sys

import attr
import openedx_events
from openedx_events.tooling import OpenEdxPublicSignal

PRIMITIVES = {str: "str", int: "int", float: "float", bool: "bool", bytes: "bytes"}
TEXT_TYPES = {
    "datetime": "datetime",
    "UUID": "uuid",
    "CourseKey": "course_key",
    "UsageKey": "usage_key",
    "CCXLocator": "ccx_locator",
    "LibraryLocatorV2": "library_locator_v2",
    "LibraryUsageLocatorV2": "library_usage_locator_v2",
    "LibraryCollectionLocator": "library_collection_locator",
    "LibraryContainerLocator": "library_container_locator",
}


def import_signals():
    """Imports every signals module of the package, which registers its events."""
    walk = pkgutil.walk_packages(openedx_events.__path__, openedx_events.__name__ + ".")
    names = [name for _, name, _ in walk if name.endswith(".signals") and ".test" not in name]
    return [importlib.import_module(name) for name in names]


def type_text(python_type, classes):
    """The type in the language of the catalogue; collects the attrs classes that it reaches."""
    if python_type in PRIMITIVES:
        return PRIMITIVES[python_type]
    origin = getattr(python_type, "__origin__", None)
    if origin in (list, dict):
        parts = [type_text(part, classes) for part in python_type.__args__]
        return "{}[{}]".format(origin.__name__, ", ".join(parts))
    if isinstance(python_type, type) and attr.has(python_type):
        add_class(python_type, classes)
        return class_name(python_type)
    name = getattr(python_type, "__name__", None)
    if name in TEXT_TYPES:
        return TEXT_TYPES[name]
    return "unsupported[{}.{}]".format(python_type.__module__, name)


def class_name(python_class):
    return "{}.{}".format(python_class.__module__, python_class.__name__)


def add_class(python_class, classes):
    """Adds the class after those that its fields need, so that each stands before its users."""
    if class_name(python_class) in classes:
        return
    docs = attribute_docs(python_class)
    fields = {}
    for attribute in attr.fields(python_class):
        field = {"type": type_text(attribute.type, classes)}
        field.update(default_of(attribute))
        if docs.get(attribute.name):
            field["doc"] = docs[attribute.name]
        fields[attribute.name] = field
    classes[class_name(python_class)] = {"doc": summary(python_class.__doc__), "fields": fields}


def default_of(attribute):
    default = attribute.default
    if default is attr.NOTHING:
        return {}
    if isinstance(default, attr.Factory):
        return {"default": default.factory()}
    if isinstance(default, type):
        # The class itself where an instance was meant.
        return {"default": default(), "default_is_class": default.__name__}
    return {"default": default}


def summary(docstring):
    """The first paragraph, on one line."""
    paragraphs = inspect.cleandoc(docstring or "").split("\n\n")
    return " ".join(paragraphs[0].split())


def attribute_docs(python_class):
    """The lines `name (type): text` of the docstrings; those of the class before those of its bases."""
    docs = {}
    for base in reversed(python_class.__mro__):
        name, indent = None, 0
        for line in inspect.cleandoc(base.__doc__ or "").splitlines():
            found = re.match(r"( +)(\w+) \([^)]*\): *(.*)", line)
            if found:
                indent, name = len(found.group(1)), found.group(2)
                docs[name] = found.group(3).strip()
            elif name and len(line) - len(line.lstrip()) > indent:
                docs[name] += " " + line.strip()
            else:
                name = None
    return docs


def annotations(module):
    """The comments `.. event_NAME: text` before each signal, by event type."""
    found = {}
    key = None
    for line in inspect.getsource(module).splitlines():
        start = re.match(r"# \.\. (event_\w+): *(.*)", line)
        more = re.match(r"# {2,}(\S.*)", line)
        if start and start.group(1) == "event_type":
            event = found.setdefault(start.group(2).strip(), {})
            key = None
        elif start:
            key = start.group(1)
            event[key] = start.group(2).strip()
        elif more and key:
            event[key] += " " + more.group(1).strip()
        else:
            key = None
    return found


def schema_text(signal):
    """The schema text of the release; None where it has no generator or refuses the event."""
    try:
        from openedx_events.event_bus.avro.schema import schema_from_signal
    except ImportError:
        return None
    try:
        return json.dumps(schema_from_signal(signal), sort_keys=True)
    except Exception:  # It raises TypeError, or Exception itself.
        return None


def event_facts(signal, module, constant, comments, classes):
    comment = comments.get(signal.event_type, {})
    schema = schema_text(signal)
    return {
        "event_type": signal.event_type,
        "constant": constant,
        "module": module.__name__,
        "minor_version": signal.minor_version,
        "doc": comment.get("event_description", ""),
        "key_field": comment.get("event_key_field"),
        "init_data": {name: type_text(t, classes) for name, t in signal.init_data.items()},
        "schema_sha256": schema and hashlib.sha256(schema.encode()).hexdigest(),
    }


def assigned_names(module):
    """Names in the order in which the source assigns them."""
    tree = ast.parse(inspect.getsource(module))
    assigns = [node for node in tree.body if isinstance(node, ast.Assign)]
    return [t.id for node in assigns for t in node.targets if isinstance(t, ast.Name)]


def main():
    events, classes = [], {}
    for module in import_signals():
        comments = annotations(module)
        for name in assigned_names(module):
            signal = getattr(module, name)
            if isinstance(signal, OpenEdxPublicSignal):
                events.append(event_facts(signal, module, name, comments, classes))
    catalog = {
        "package": "openedx-events",
        "version": openedx_events.__version__,
        "events": events,
        "classes": classes,
    }
    json.dump(catalog, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
