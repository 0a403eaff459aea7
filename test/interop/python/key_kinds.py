"""
Tells what the real Python makes of texts as opaque keys: a line of input is a JSON list of texts, a line of output the
list of, for each text, the classes whose `from_string` takes it, and the parts of the course key that it is, if it is one.
null stands for a text with a character that this Python's Unicode does not have.
"""

import json
import sys
import unicodedata

from ccx_keys.locator import CCXLocator
from opaque_keys import InvalidKeyError
from opaque_keys.edx import locator
from opaque_keys.edx.keys import CourseKey, UsageKey

KEY_CLASSES = {
    "courseKey": CourseKey,
    "usageKey": UsageKey,
    "ccxKey": CCXLocator,
    "libraryKey": locator.LibraryLocatorV2,
    "libraryUsageKey": locator.LibraryUsageLocatorV2,
    "libraryCollectionKey": locator.LibraryCollectionLocator,
    "libraryContainerKey": locator.LibraryContainerLocator,
}


def key_of(cls, text):
    try:
        return cls.from_string(text)
    except InvalidKeyError:
        return None


def answer(text):
    if any(unicodedata.category(character) == "Cn" for character in text):
        return None
    keys = {kind: key_of(cls, text) for kind, cls in KEY_CLASSES.items()}
    course = keys["courseKey"]
    parts = course and [
        course.org,
        course.course,
        course.run,
        course.branch,
        None if course.version_guid is None else str(course.version_guid),
    ]
    return [[kind for kind, key in keys.items() if key is not None], parts]


for line in sys.stdin:
    print(json.dumps([answer(text) for text in json.loads(line)]), flush=True)
