"""Runs the function that puts event selectors, for events as CloudFormation sends them, without AWS.

Takes the function's source and a JSON list of events. Prints a JSON list with the requests to CloudTrail and the answers
to CloudFormation and the seconds that were waited, for each event. An event with the member `Refusals` finds a CloudTrail
that refuses that many requests, each with the code and the text of its member. Nothing waits in fact.

The client is that of botocore, which checks each request against the model of the service; the request then goes nowhere.
"""

import json
import sys
import types

import boto3


class Answer:
    def __init__(self, status_code):
        self.status_code = status_code
        self.headers = {}


def cloudtrail(service, requests, refusals):
    keys = {"aws_access_key_id": "111122223333", "aws_secret_access_key": "test"}
    client = boto3.Session(region_name="us-east-1", **keys).client(service)

    def answer(model, params, **_):
        requests.append({"action": model.name, "body": json.loads(params["body"])})
        if refusals:
            code, message = refusals.pop(0)
            return Answer(400), {"Error": {"Code": code, "Message": message}}
        return Answer(200), {}

    client.meta.events.register("before-call", answer)
    return client


def outcome(source, event):
    requests, responses, waits = [], [], []
    refusals = event.pop("Refusals", [])

    # The signature is that of the module which Lambda gives to inline code.
    def send(event, context, status, data, physicalResourceId=None, noEcho=False, reason=None):
        responses.append({"status": status, "id": physicalResourceId, "reason": reason})

    sys.modules["cfnresponse"] = types.SimpleNamespace(SUCCESS="SUCCESS", FAILED="FAILED", send=send)
    client = lambda service: cloudtrail(service, requests, refusals)
    sys.modules["boto3"] = types.SimpleNamespace(client=client)
    function = {}
    exec(source, function)
    function["time"] = types.SimpleNamespace(sleep=waits.append)
    function["handler"](event, None)
    return {"requests": requests, "responses": responses, "waits": waits}


json.dump([outcome(sys.argv[1], event) for event in json.loads(sys.argv[2])], sys.stdout)
