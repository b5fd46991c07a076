"""Runs MiniStack with its IAM checks completed.

AUTH=true has MiniStack 1.5.33 check each call against the policies of the caller's role. Where it names a call, or the
thing called upon, otherwise than AWS does, it would refuse policies that AWS accepts; and what AWS does as a role
(reading a queue for a function, firing a schedule) it does without asking. Both are put right here, by what AWS's
Service Authorization Reference says, so that the policies are tested as they are deployed.

Every decision about a role of the stack is one line of the log: DECISION {"role", "action", "resource", "allowed"}.
"""

import json
import os
import re
import runpy
from pathlib import Path

from ministack import app
from ministack.core import iam_actions as actions
from ministack.core import iam_evaluator as evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import eventbridge, iam, lambda_svc, s3, scheduler
from ministack.services.cloudformation import provisioners

runpy.run_path(Path(__file__).parents[3] / "local" / "completed-ministack.py")


def log_decision(role_arn, action, resource, allowed):
    role = re.split(r"[:/]", role_arn.partition("role/")[2])[0]
    if not role.startswith("cdk-"):
        decision = {"role": role, "action": action, "resource": resource, "allowed": allowed}
        # In one write, or the lines of two threads would mix.
        os.write(1, f"DECISION {json.dumps(decision)}\n".encode())


# --- Calls that a function makes -------------------------------------------------------------------------------------

extract_iam_action = actions.extract_iam_action
extract_resource_arn = actions.extract_resource_arn
request_tag_context = actions.request_tag_context
dynamodb_transaction_checks = actions.dynamodb_transaction_checks
enforce = evaluator.enforce

STATEMENT = re.compile(r'\s*(INSERT INTO|UPDATE|DELETE FROM|SELECT .*? FROM)\s+"([^"]+)"', re.IGNORECASE)
PASSED_ROLE = "passed role"


def is_tracing(headers):
    return "/xray/aws4_request" in headers.get("authorization", "")


def named_action(service, method, path, headers, body, params):
    """SQS has no actions for its batch calls: each is the single call's. X-Ray is no service of MiniStack's."""
    if is_tracing(headers):
        return "xray:PutTraceSegments"
    action = extract_iam_action(service, method, path, headers, body, params)
    return action.removesuffix("Batch") if service == "sqs" and action else action


def named_resource(service, method, path, headers, body, params, region, account):
    """
    A schedule's ARN holds its group, which CreateSchedule has in its body. A mail is sent by several resources at once:
    in SES's sandbox each receiver is an identity of the account, too. Segments of traces belong to nothing.
    """
    if is_tracing(headers):
        return "*"
    arn = extract_resource_arn(service, method, path, headers, body, params, region, account)
    if service == "scheduler" and method in ("POST", "PUT") and ":schedule/default/" in arn:
        group = json.loads(body or b"{}").get("GroupName", "default")
        return arn.replace(":schedule/default/", f":schedule/{group}/")
    if service == "ses" and path.endswith("/outbound-emails"):
        mail = json.loads(body)
        identities = [mail["FromEmailAddress"], *mail["Destination"]["ToAddresses"]]
        arns = [f"identity/{name}" for name in identities] + [f"configuration-set/{mail['ConfigurationSetName']}"]
        return " ".join(f"arn:aws:ses:{region}:{account}:{name}" for name in arns)
    return arn


def statement_checks(action, body, region, account):
    """BatchExecuteStatement is no action: each statement is PartiQLInsert, -Update, -Delete or -Select on its table."""
    if action != "dynamodb:BatchExecuteStatement":
        return dynamodb_transaction_checks(action, body, region, account)
    checks = []
    for statement in json.loads(body)["Statements"]:
        verb, table = STATEMENT.match(statement["Statement"]).groups()
        partiql = f"dynamodb:PartiQL{verb.split()[0].capitalize()}"
        checks.append((partiql, f"arn:aws:dynamodb:{region}:{account}:table/{table}"))
    return checks


def request_context(service, action, body, params):
    """KMS's condition keys of the encryption context, and the role that CreateSchedule passes on."""
    context = request_tag_context(service, action, body, params)
    if service == "kms":
        encryption = json.loads(body or b"{}").get("EncryptionContext") or {}
        context.update({f"kms:EncryptionContext:{name}": value for name, value in encryption.items()})
        if encryption:
            context["kms:EncryptionContextKeys"] = list(encryption)
    if action in ("scheduler:CreateSchedule", "scheduler:UpdateSchedule"):
        context[PASSED_ROLE] = json.loads(body)["Target"]["RoleArn"]
    return context


def is_missing_object(resource_arn):
    bucket, _, key = resource_arn.removeprefix("arn:aws:s3:::").partition("/")
    return key not in s3._buckets.get(bucket, {}).get("objects", {})


def enforce_and_log(access_key, action, service, region, resource_arn="*", service_context=None):
    context = dict(service_context or {})
    passed = context.pop(PASSED_ROLE, None)
    # Keys of objects hold spaces too, and name one thing.
    *others, resource_arn = resource_arn.split(" ") if action == "ses:SendEmail" else [resource_arn]
    if others:
        # SES is asked without a context. The sender's identity stands first.
        context["ses:FromAddress"] = others[0].rpartition("/")[2]
    for other in others:
        if refusal := enforce_and_log(access_key, action, service, region, other, context):
            return refusal
    refusal = enforce(access_key, action, service, region, resource_arn, context)
    caller = evaluator.resolve_principal(access_key or "", get_account_id())
    if getattr(caller, "type", "") == "AssumedRole":
        log_decision(caller.arn, action, resource_arn, refusal is None)
    if refusal is None and action == "s3:GetObject" and is_missing_object(resource_arn):
        # Only those who may list a bucket are told that an object is not there.
        return enforce_and_log(access_key, "s3:ListBucket", "s3", region, resource_arn.partition("/")[0])
    if refusal is None and passed:
        to_scheduler = {"iam:PassedToService": "scheduler.amazonaws.com"}
        return enforce_and_log(access_key, "iam:PassRole", "iam", region, passed, to_scheduler)
    return refusal


def create_secret(*args):
    """Ref of a secret is its ARN; MiniStack's is its name, which then stands in policies."""
    _, attributes = provisioners._sm_secret_create(*args)
    return attributes["Arn"], attributes


provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]["create"] = create_secret
actions.extract_iam_action = named_action
actions.extract_resource_arn = named_resource
actions.request_tag_context = request_context
actions.dynamodb_transaction_checks = statement_checks
evaluator.enforce = enforce_and_log


# --- What AWS does as a role -----------------------------------------------------------------------------------------

execute_function = lambda_svc._execute_function_dispatch
invoke_target = eventbridge._invoke_target

POLLING = {
    "aws:sqs": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    "aws:dynamodb": (
        "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams",
    ),
}


def may(role_arn, action, resource, service_context=None):
    account, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    context = evaluator.EvalContext(
        principal_arn=role_arn, principal_type="AssumedRole", principal_account=account, action=action,
        resource_arn=resource, region=get_region(), secure_transport=True,
        service_context=service_context or {},
    )
    policies = evaluator._gather_role_policies(name, account)
    allowed = evaluator.evaluate(context, policies).decision == "Allow"
    log_decision(role_arn, action, resource, allowed)
    return allowed


def execute_as_role(function, config, event, *args):
    """Lambda writes the function's log, polls its source, and reports what it gives up, all as the function's role."""
    role, source = config["Role"], (event.get("Records") or [{}])[0]
    _, region, account = config["FunctionArn"].split(":")[2:5]
    group = config["LoggingConfig"]["LogGroup"]
    stream = f"arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:any"
    checks = [("logs:CreateLogStream", stream), ("logs:PutLogEvents", stream)]
    checks += [(action, source["eventSourceARN"]) for action in POLLING.get(source.get("eventSource"), ())]
    for _, _, mapping in lambda_svc._iter_all_esms():
        given_up = mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        if mapping["FunctionName"] == config["FunctionName"] and given_up:
            checks.append(("sqs:SendMessage", given_up))
    if not all([may(role, *check) for check in checks]):
        return {"error": True, "body": {"errorType": "AccessDenied", "errorMessage": "The role may not do this."}}
    return execute_function(function, config, event, *args)


def invoke_as_role(target, event, rule, *args):
    """Scheduler takes the schedule's role, and sends as it: to the target, or to the dead letters where that fails."""
    if event["Source"] != "aws.scheduler":
        return invoke_target(target, event, rule, *args)
    role, account = target["RoleArn"], event["Account"]
    group = f"arn:aws:scheduler:{event['Region']}:{account}:schedule-group/{rule['GroupName']}"
    trust = evaluator.EvalContext(
        principal_arn=f"arn:aws:iam::{account}:root", principal_type="Root", principal_account=account,
        action="sts:AssumeRole", resource_arn=role, region=event["Region"],
        service_context={"aws:sourceaccount": account, "aws:sourcearn": group},
    )
    document = iam._roles[role.rpartition("/")[2]]["AssumeRolePolicyDocument"]
    trusted = evaluator.evaluate_trust_policy(document, trust.principal_arn, trust)
    log_decision(role, "sts:AssumeRole", group, trusted)
    sends = [may(role, "sqs:SendMessage", arn) for arn in (target["Arn"], target["DeadLetterConfig"]["Arn"])]
    if trusted and all(sends):
        invoke_target(target, event, rule, *args)


lambda_svc._execute_function_dispatch = execute_as_role
eventbridge._invoke_target = invoke_as_role

# --- Not about permissions -------------------------------------------------------------------------------------------

scheduler._SCHEDULE_TICK_INTERVAL = 1  # ten seconds otherwise
app._port_is_bindable = lambda *_: False  # or, run as root, it would take port 443 beside its own

runpy.run_module("ministack", run_name="__main__")
