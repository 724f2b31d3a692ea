"""Counts the matches of all patterns in a log file: a dictionary for each record."""

import gzip
import re
import sys

import orjson

record = {}


def value(*keys):
    found = record
    for key in keys:
        if not isinstance(found, dict):
            return None
        found = found.get(key)
    return found


def matches(text, expression):
    return isinstance(text, str) and re.search(expression, text) is not None


count = 0
with gzip.open(sys.argv[1]) as file:
    for record in orjson.loads(file.read())["Records"]:
        count += MATCHES
print(count)
