"""
Fills the tables beside this file with what the real Python makes of each text: `datetimes.json` and `uuids.json`
(text to Python's own form, null where it refuses), `opaque-keys.json` (text to the classes that take it).

To add a case, add its text with any value and run this with Python 3.12, edx-opaque-keys 4.0.1 and
edx-ccx-keys 2.1.0 installed; then run prettier.
"""

import json
import pathlib
from datetime import datetime
from uuid import UUID

from ccx_keys.locator import CCXLocator
from opaque_keys.edx import locator
from opaque_keys.edx.keys import CourseKey, UsageKey

HERE = pathlib.Path(__file__).parent
KEY_CLASSES = {
    "courseKey": CourseKey,
    "usageKey": UsageKey,
    "ccxKey": CCXLocator,
    "libraryKey": locator.LibraryLocatorV2,
    "libraryUsageKey": locator.LibraryUsageLocatorV2,
    "libraryCollectionKey": locator.LibraryCollectionLocator,
    "libraryContainerKey": locator.LibraryContainerLocator,
}


def result(function, text):
    try:
        return function(text)
    except Exception:
        return None


def kinds(text):
    return [kind for kind, cls in KEY_CLASSES.items() if result(cls.from_string, text) is not None]


def record(name, function):
    file = HERE / name
    texts = json.loads(file.read_text())
    table = {text: function(text) for text in texts}
    file.write_text(json.dumps(table, indent=2) + "\n")


record("datetimes.json", lambda text: result(lambda t: datetime.fromisoformat(t).isoformat(), text))
record("uuids.json", lambda text: result(lambda t: str(UUID(t)), text))
record("opaque-keys.json", kinds)
