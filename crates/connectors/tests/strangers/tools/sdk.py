"""The providers' own libraries for Python, asked by the Rust test: one JSON object a line in, one a line out."""

import base64
import datetime
import hashlib
import hmac
import json
import sys
import traceback
import urllib.request


def slack_sign(q):
    from slack_sdk.signature import SignatureVerifier

    return SignatureVerifier(q["secret"]).generate_signature(timestamp=q["timestamp"], body=base64.b64decode(q["body"]))


def slack_verify(q):
    from slack_sdk.signature import SignatureVerifier

    return SignatureVerifier(q["secret"]).is_valid(base64.b64decode(q["body"]), q["timestamp"], q["signature"])


def viber(q):
    from viberbot import Api
    from viberbot.api.bot_configuration import BotConfiguration

    return Api(BotConfiguration(name="x", avatar="", auth_token=q["token"]))


def viber_sign(q):
    return viber(q)._calculate_message_signature(base64.b64decode(q["body"]))


def viber_verify(q):
    return viber(q).verify_signature(base64.b64decode(q["body"]), q["signature"])


def x_sign(q):
    """No library of X's does this; the rule is in its reference, the calculation Python's."""
    mac = hmac.new(q["secret"].encode(), base64.b64decode(q["body"]), hashlib.sha256).digest()
    return "sha256=" + base64.b64encode(mac).decode()


def oauth1_sign(q):
    from oauthlib.oauth1 import Client

    client = Client(
        q["key"],
        client_secret=q["secret"],
        resource_owner_key=q["token"],
        resource_owner_secret=q["token_secret"],
        nonce=q["nonce"],
        timestamp=q["timestamp"],
    )
    return client.sign(q["url"], http_method=q["method"])[1]["Authorization"]


def google_sign(q):
    """A push token by google-auth, with a new key; the key set by PyJWT."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from google.auth import crypt, jwt
    from jwt.algorithms import RSAAlgorithm

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    token = jwt.encode(crypt.RSASigner.from_string(pem.decode(), key_id="key-1"), q["claims"]).decode()
    jwk = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    jwk.update({"kid": "key-1", "use": "sig", "alg": "RS256"})
    return {"token": token, "keys": {"keys": [jwk]}}


def aws_sign(q):
    from botocore import auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    at = datetime.datetime.strptime(q["at"], "%Y%m%dT%H%M%SZ")
    auth.get_current_datetime = lambda *_, **__: at
    request = AWSRequest(method=q["method"], url=q["url"], headers=q["headers"], data=base64.b64decode(q["body"]))
    signer = auth.S3SigV4Auth if q["service"] == "s3" else auth.SigV4Auth
    signer(Credentials(q["key"], q["secret"], q.get("session")), q["service"], q["region"]).add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}


def client(q, service):
    import boto3

    return boto3.client(
        service,
        endpoint_url=q["endpoint"],
        region_name=q["region"],
        aws_access_key_id=q.get("key", "root"),
        aws_secret_access_key=q.get("secret", "root"),
    )


def aws_prepare(q):
    """A verified domain, a topic, a bucket with a mail; a user who may do everything; and from then on, signatures count."""
    client(q, "sesv2").create_email_identity(EmailIdentity=q["identity"])
    client(q, "sesv2").create_configuration_set(ConfigurationSetName=q["configuration_set"])
    topic = client(q, "sns").create_topic(Name="inbound")["TopicArn"]
    client(q, "s3").create_bucket(Bucket=q["bucket"], CreateBucketConfiguration={"LocationConstraint": q["region"]})
    client(q, "s3").put_object(Bucket=q["bucket"], Key=q["object"], Body=base64.b64decode(q["mail"]))
    iam = client(q, "iam")
    iam.create_user(UserName="inbox")
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_user_policy(UserName="inbox", PolicyName="everything", PolicyDocument=json.dumps(everything))
    key = iam.create_access_key(UserName="inbox")["AccessKey"]
    strict = urllib.request.Request(q["endpoint"] + "/moto-api/reset-auth", data=b"0", headers={"Content-Type": "text/plain"})
    urllib.request.urlopen(strict).read()
    return {"topic": topic, "key": key["AccessKeyId"], "secret": key["SecretAccessKey"]}


def aws_sent(q):
    """What moto took, read back."""
    return json.load(urllib.request.urlopen(q["endpoint"] + "/moto-api/data.json"))["ses"]


def aws_publish(q):
    return client(q, "sns").publish(TopicArn=q["topic"], Message=q["message"])["MessageId"]


KNOWN = {
    "slack.sign": slack_sign,
    "slack.verify": slack_verify,
    "viber.sign": viber_sign,
    "viber.verify": viber_verify,
    "x.sign": x_sign,
    "oauth1.sign": oauth1_sign,
    "google.sign": google_sign,
    "aws.sign": aws_sign,
    "aws.prepare": aws_prepare,
    "aws.sent": aws_sent,
    "aws.publish": aws_publish,
}

for line in sys.stdin:
    try:
        question = json.loads(line)
        answer = {"said": KNOWN[question["do"]](question)}
    except Exception:
        answer = {"failed": traceback.format_exc()}
    print(json.dumps(answer), flush=True)
