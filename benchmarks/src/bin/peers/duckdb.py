"""Counts the matches of all patterns in a log file: a query over the records as JSON."""

import sys

import duckdb

RECORDS = """
SELECT unnest("Records") AS record
FROM read_json(?, columns = {'Records': 'JSON[]'}, maximum_object_size = 1000000000)
"""
SUM = """MATCHES"""
print(duckdb.execute(f"SELECT sum({SUM}) FROM ({RECORDS})", [sys.argv[1]]).fetchone()[0])
