"""Calls the ledger with grpcio, and checks each response.

There is no generated code: the message types come from the server's reflection, which is public.
The arguments are a scenario and its settings as JSON: the server's address, and tokens by name.
"""

import json
import sys

import grpc
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

SERVICE = "bank.v1.Ledger"
PATIENCE = 60


class Ledger:
    """The methods of the service, built from its description."""

    def __init__(self, channel):
        pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
        service = pool.FindServiceByName(SERVICE)
        for method in service.methods:
            kind = "_".join(
                "stream" if streams else "unary"
                for streams in (method.client_streaming, method.server_streaming)
            )
            request = GetMessageClass(method.input_type)
            answer = GetMessageClass(method.output_type)
            call = getattr(channel, kind)(
                f"/{SERVICE}/{method.name}",
                request_serializer=request.SerializeToString,
                response_deserializer=answer.FromString,
            )
            setattr(self, method.name, call)
            setattr(self, f"{method.name}Message", request)


class World:
    def __init__(self, settings):
        self.tokens = settings["tokens"]
        self.channel = grpc.insecure_channel(settings["address"])
        self.ledger = Ledger(self.channel)

    def call(self, method, who, *messages, **options):
        """Calls a method with a token in the metadata. `messages` are their fields."""
        message = getattr(self.ledger, f"{method}Message")
        sent = [message(**fields) for fields in messages]
        if method in ("Post", "Reconcile"):
            request = iter(sent)
        else:
            (request,) = sent
        names = [who] if isinstance(who, str) else who
        metadata = [("authorization", f"Bearer {self.tokens[name]}") for name in names]
        call = getattr(self.ledger, method)
        if method in ("GetBalance", "Post"):
            answer, outcome = call.with_call(
                request, metadata=metadata, timeout=PATIENCE, **options
            )
            assert outcome.code() is grpc.StatusCode.OK
            return answer
        return call(request, metadata=metadata, timeout=PATIENCE, **options)

    def refusal(self, method, who, *messages):
        """Returns the error of a call that must fail."""
        try:
            answer = self.call(method, who, *messages)
            if not hasattr(answer, "DESCRIPTOR"):
                answer = list(answer)
        except grpc.RpcError as error:
            return error
        raise AssertionError(f"{method} by {who} succeeded: {answer}")


CHECKING = {"account": "checking", "cents": 1}
MESSAGES = {
    "GetBalance": {"account": "checking"},
    "Watch": {"account": "checking"},
    "Post": CHECKING,
    "Reconcile": CHECKING,
}


def callers(world):
    # Permitted calls, unary and streaming.
    assert world.call("GetBalance", "viewer", {"account": "checking"}).cents == 10_000
    posted = world.call("Post", "admin", CHECKING, CHECKING)
    assert (posted.entries, posted.department, posted.by[:3]) == (2, "audit", "00u"), posted
    believed = [{"account": "checking", "cents": 2}, {"account": "savings"}]
    differences = world.call("Reconcile", "service", *believed)
    assert [difference.cents for difference in differences] == [10_000, 500_000]
    watch = world.call("Watch", "viewer", {"account": "checking"})
    assert next(watch).cents == 10_002
    watch.cancel()

    # Rejected calls.
    # A missing scope is named, a group never.
    scope = "required scope: reports:read"
    for method, who, details in [
        ("Post", "viewer", "not allowed"),
        ("Reconcile", "viewer", scope),
        ("Post", "service", "not allowed"),
    ]:
        refused = world.refusal(method, who, MESSAGES[method])
        assert refused.code() is grpc.StatusCode.PERMISSION_DENIED, refused
        assert refused.details() == details, refused
    for method, message in MESSAGES.items():
        for who in ("expired", "forged", "for another API"):
            refused = world.refusal(method, who, message)
            assert refused.code() is grpc.StatusCode.UNAUTHENTICATED, refused
            assert refused.details() == "the access token or session is not valid", refused
            challenge = dict(refused.trailing_metadata())["www-authenticate"]
            assert challenge == 'Bearer realm="api", error="invalid_token"', challenge
            # Trailers-Only: there are no headers before them.
            assert not refused.initial_metadata(), refused.initial_metadata()
        refused = world.refusal(method, [], message)
        outcome = (refused.code(), refused.details())
        assert outcome == (grpc.StatusCode.UNAUTHENTICATED, "credentials are required")
        # Two tokens are malformed, even if both are valid.
        refused = world.refusal(method, ["admin", "admin"], message)
        outcome = (refused.code(), refused.details())
        assert outcome == (grpc.StatusCode.UNAUTHENTICATED, "the credentials are malformed")

    # The message arrives unchanged.
    refused = world.refusal("GetBalance", "viewer", {"account": "Größe 100%\n"})
    assert refused.code() is grpc.StatusCode.NOT_FOUND, refused
    assert refused.details() == "there is no account “Größe 100%\n”", repr(refused.details())

    # No rule has this method.
    unknown = world.channel.unary_unary(f"/{SERVICE}/Close")
    try:
        admin = [("authorization", f"Bearer {world.tokens['admin']}")]
        unknown(b"", metadata=admin, timeout=PATIENCE)
        raise AssertionError("a method without a rule was called")
    except grpc.RpcError as error:
        assert error.code() is grpc.StatusCode.PERMISSION_DENIED, error

    # Health without a token.
    health = health_pb2_grpc.HealthStub(world.channel)
    answer = health.Check(health_pb2.HealthCheckRequest(), timeout=PATIENCE)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


def outage(world):
    for method, message in MESSAGES.items():
        refused = world.refusal(method, "admin", message)
        assert refused.code() is grpc.StatusCode.UNAVAILABLE, refused
        assert refused.details() == "try again later", refused
        assert not refused.initial_metadata(), refused.initial_metadata()
    # A missing token is still reported as such.
    refused = world.refusal("GetBalance", [], MESSAGES["GetBalance"])
    assert refused.code() is grpc.StatusCode.UNAUTHENTICATED, refused


def stream(world):
    """The test lets 90 seconds pass as soon as the call is open."""
    watch = world.call("Watch", "viewer", MESSAGES["Watch"])
    assert next(watch).cents == 10_000
    try:
        balance = next(watch)
        raise AssertionError(f"another balance: {balance}")
    except grpc.RpcError as error:
        assert error.code() is grpc.StatusCode.UNAUTHENTICATED, error
        assert error.details() == "the access token has expired", error


SCENARIOS = {scenario.__name__: scenario for scenario in (callers, outage, stream)}

if __name__ == "__main__":
    SCENARIOS[sys.argv[1]](World(json.loads(sys.argv[2])))
