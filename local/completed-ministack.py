"""Runs MiniStack 1.5.33 with what it lacks.

- PartiQL writes appear on the stream of their table, as every other write does.
- What S3 tells EventBridge of a versioned bucket names the version.
- A version that is asked for by name can be asked for by ranges, and with other headers (`response-…`), as the latest can.
- `ApiEndpoint` of an HTTP API is an address that leads there: no host is called `{id}.execute-api.127.0.0.1`.
- An item that expired leaves a REMOVE record with the old image and `userIdentity`, and within seconds: DynamoDB takes
  up to days, MiniStack a minute.

Whoever runs more on top (test/e2e/permissions/) loads this file first.
"""

import json
import os
import runpy
import threading
import time
from types import SimpleNamespace

from ministack.services import dynamodb, eventbridge, s3
from ministack.services.cloudformation import provisioners

# --- PartiQL writes --------------------------------------------------------------------------------------------------


def target_of(table, parsed):
    """The keys of the item that a statement names."""
    if parsed["op"] != "INSERT":
        return dynamodb._partiql_key_target(table, parsed)[:2]
    item = parsed.get("item") or {}
    item = item["M"] if set(item) == {"M"} else item
    extract, sort_key = dynamodb._extract_key_val, table["sk_name"]
    return extract(item.get(table["pk_name"])), extract(item.get(sort_key)) if sort_key else "__no_sort__"


def with_stream(write):
    def run(table, parsed, *rest):
        pk, sk = target_of(table, parsed)
        # Writes replace the stored item and never change it in place, so no copy is needed.
        before = table["items"].get(pk, {}).get(sk)
        answer = write(table, parsed, *rest)
        after = table["items"].get(pk, {}).get(sk)
        if answer[0] == 200 and after is not before:
            name = "INSERT" if before is None else "REMOVE" if after is None else "MODIFY"
            dynamodb._emit_stream_event(table["TableName"], name, before, after)
        return answer

    return run


for write in ("_partiql_insert", "_partiql_update", "_partiql_delete"):
    setattr(dynamodb, write, with_stream(getattr(dynamodb, write)))

# --- Items that expire -----------------------------------------------------------------------------------------------

REAPER, LOOK_AGAIN_SECONDS = "dynamodb-ttl-reaper", 2
remove_item, build_change_record = dynamodb._remove_item, dynamodb._build_change_record


def reaps():
    return threading.current_thread().name == REAPER


def remove_and_tell(table, pk, sk):
    removed = remove_item(table, pk, sk)
    if reaps() and removed is not None:
        dynamodb._emit_stream_event(table["TableName"], "REMOVE", removed, None)
    return removed


def name_remover(*args):
    record = build_change_record(*args)
    if reaps():
        record["userIdentity"] = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    return record


def sleep(seconds):
    time.sleep(LOOK_AGAIN_SECONDS if reaps() else seconds)


dynamodb._remove_item, dynamodb._build_change_record = remove_and_tell, name_remover
dynamodb.time = SimpleNamespace(**{**vars(time), "sleep": sleep})
# The one that MiniStack started has begun to sleep for its minute.
threading.Thread(target=dynamodb._ttl_reaper, daemon=True, name=REAPER).start()

# --- Notifications of buckets ----------------------------------------------------------------------------------------

fire_s3_event, dispatch_event = s3._fire_s3_event, eventbridge._dispatch_event
firing = threading.local()


def fire_with_version(*args, version_id=None, **rest):
    firing.version_id = version_id
    try:
        fire_s3_event(*args, version_id=version_id, **rest)
    finally:
        firing.version_id = None


def name_version(event, *rest):
    version_id = getattr(firing, "version_id", None)
    if event.get("Source") == "aws.s3" and version_id:
        detail = json.loads(event["Detail"])
        detail["object"]["version-id"] = version_id
        event = {**event, "Detail": json.dumps(detail)}
    return dispatch_event(event, *rest)


s3._fire_s3_event, eventbridge._dispatch_event = fire_with_version, name_version

# --- Versions by name ------------------------------------------------------------------------------------------------

get_object = s3._get_object


def get_version(bucket, key, headers, query=None):
    status, answer, body = get_object(bucket, key, headers, query)
    if status != 200 or not s3._qp(query or {}, "versionId"):
        return status, answer, body
    s3._apply_response_overrides(answer, query)
    wanted = headers.get("range") and s3._parse_range(headers["range"], len(body))
    if not wanted:
        return status, answer, body
    start, end = wanted
    answer["Content-Length"] = str(end + 1 - start)
    answer["Content-Range"] = f"bytes {start}-{end}/{len(body)}"
    return 206, answer, body[start : end + 1]


s3._get_object = get_version

# --- The address of an API -------------------------------------------------------------------------------------------

api_handlers = provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]


def with_address(make):
    def run(*args, **rest):
        api_id, attributes = make(*args, **rest)
        scheme = "https" if os.environ.get("USE_SSL") else "http"
        host = f"{os.environ['MINISTACK_HOST']}:{os.environ['GATEWAY_PORT']}"
        return api_id, {**attributes, "ApiEndpoint": f"{scheme}://{host}/_aws/execute-api/{api_id}/$default"}

    return run


for change in ("create", "update"):
    api_handlers[change] = with_address(api_handlers[change])

if __name__ == "__main__":
    runpy.run_module("ministack", run_name="__main__")
