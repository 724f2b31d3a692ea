"""Prints a template, SAM's or a plain one, as the CloudFormation template that AWS makes of it, in JSON.

Takes the template's path. It packages nothing: local code becomes an address that nobody reads.
"""

import json
import sys

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse


def main(path):
    with open(path, encoding="utf-8") as file:
        template = yaml_parse(file.read())
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::Function" and "CodeUri" in properties:
            properties["CodeUri"] = "s3://amzn-s3-demo-bucket/code.zip"
    translator = Translator(managed_policy_map={}, sam_parser=Parser())
    json.dump(translator.translate(template, parameter_values={}), sys.stdout)


main(sys.argv[1])
