"""Counts the matches of all patterns in a log file: a data frame of the records."""

import gzip
import sys

import polars

with gzip.open(sys.argv[1]) as file:
    frame = polars.read_json(file.read(), infer_schema_length=None)
frame = frame.select(polars.col("Records").explode())
schema = frame.schema["Records"]


def value(*keys):
    found, kind = polars.col("Records"), schema
    for key in keys:
        kinds = {field.name: field.dtype for field in getattr(kind, "fields", [])}
        if key not in kinds:
            return polars.lit(None, dtype=polars.String)
        found, kind = found.struct.field(key), kinds[key]
    return found


print(frame.select((MATCHES).sum()).item())
