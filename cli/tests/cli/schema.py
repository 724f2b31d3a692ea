"""Validates rule files, as an editor would: reads lines of JSON with `text`, a YAML document, and answers each with a line:
`null` if the document is valid, or else what is wrong with it. The argument is the path of the schema."""

import json
import sys

import jsonschema
from ruamel.yaml import YAML, YAMLError

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)


def fault(text):
    try:
        document = json.loads(text)
    except json.JSONDecodeError:
        try:
            document = YAML(typ="safe", pure=True).load(text)
        except (YAMLError, ValueError) as error:
            return f"YAML: {error}"
    error = next(validator.iter_errors(document), None)
    return error and f"{error.json_path}: {error.message}"


for line in sys.stdin:
    print(json.dumps(fault(json.loads(line)["text"])))
