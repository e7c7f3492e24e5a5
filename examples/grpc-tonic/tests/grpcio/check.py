"""Calls the ledger with grpcio, and checks each answer.

There is no generated code: what the messages look like, the server's reflection says, which must be open to all for that.
The arguments are a scenario and what it is told: the server's address, and tokens by name, as JSON.
"""

import json
import sys

import grpc
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

SERVICE = "bank.v1.Ledger"
PATIENCE = 60


class Ledger:
    """The methods, made of the service's description."""

    def __init__(self, channel):
        service = DescriptorPool(ProtoReflectionDescriptorDatabase(channel)).FindServiceByName(SERVICE)
        for method in service.methods:
            kind = "_".join("stream" if streams else "unary" for streams in (method.client_streaming, method.server_streaming))
            request, answer = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
            call = getattr(channel, kind)(
                f"/{SERVICE}/{method.name}",
                request_serializer=request.SerializeToString,
                response_deserializer=answer.FromString,
            )
            setattr(self, method.name, call)
            setattr(self, f"{method.name}Message", request)


class World:
    def __init__(self, told):
        self.tokens = told["tokens"]
        self.channel = grpc.insecure_channel(told["address"])
        self.ledger = Ledger(self.channel)

    def call(self, method, who, *messages, **options):
        """One call, with its token in the metadata. `messages` are the fields of each."""
        message = getattr(self.ledger, f"{method}Message")
        sent = [message(**fields) for fields in messages]
        if method in ("Post", "Reconcile"):
            request = iter(sent)
        else:
            (request,) = sent
        metadata = [("authorization", f"Bearer {self.tokens[name]}") for name in ([who] if isinstance(who, str) else who)]
        call = getattr(self.ledger, method)
        if method in ("GetBalance", "Post"):
            answer, outcome = call.with_call(request, metadata=metadata, timeout=PATIENCE, **options)
            assert outcome.code() is grpc.StatusCode.OK
            return answer
        return call(request, metadata=metadata, timeout=PATIENCE, **options)

    def refusal(self, method, who, *messages):
        """The same, which must fail."""
        try:
            answer = self.call(method, who, *messages)
            if not hasattr(answer, "DESCRIPTOR"):
                answer = list(answer)
        except grpc.RpcError as error:
            return error
        raise AssertionError(f"{method} by {who} was answered: {answer}")


CHECKING = {"account": "checking", "cents": 1}
MESSAGES = {"GetBalance": {"account": "checking"}, "Watch": {"account": "checking"}, "Post": CHECKING, "Reconcile": CHECKING}


def callers(world):
    # What each may do, unary and streaming.
    assert world.call("GetBalance", "viewer", {"account": "checking"}).cents == 10_000
    posted = world.call("Post", "admin", CHECKING, CHECKING)
    assert (posted.entries, posted.department, posted.by[:3]) == (2, "audit", "00u"), posted
    differences = world.call("Reconcile", "service", {"account": "checking", "cents": 2}, {"account": "savings"})
    assert [difference.cents for difference in differences] == [10_000, 500_000]
    watch = world.call("Watch", "viewer", {"account": "checking"})
    assert next(watch).cents == 10_002
    watch.cancel()

    # And what not.
    for method, who in [("Post", "viewer"), ("Reconcile", "viewer"), ("Post", "service")]:
        refused = world.refusal(method, who, MESSAGES[method])
        assert refused.code() is grpc.StatusCode.PERMISSION_DENIED, refused
        assert refused.details() == "not allowed", refused
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
        assert (refused.code(), refused.details()) == (grpc.StatusCode.UNAUTHENTICATED, "credentials are required")
        # Two tokens, though both are good.
        refused = world.refusal(method, ["admin", "admin"], message)
        assert (refused.code(), refused.details()) == (grpc.StatusCode.UNAUTHENTICATED, "the credentials are malformed")

    # A message comes through as it was written.
    refused = world.refusal("GetBalance", "viewer", {"account": "Größe 100%\n"})
    assert refused.code() is grpc.StatusCode.NOT_FOUND, refused
    assert refused.details() == "there is no account “Größe 100%\n”", repr(refused.details())

    # What no rule names.
    unknown = world.channel.unary_unary(f"/{SERVICE}/Close")
    try:
        unknown(b"", metadata=[("authorization", f"Bearer {world.tokens['admin']}")], timeout=PATIENCE)
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
    # Not even now is it said that a token is no good, nor that one is not needed.
    refused = world.refusal("GetBalance", [], MESSAGES["GetBalance"])
    assert refused.code() is grpc.StatusCode.UNAUTHENTICATED, refused


def stream(world):
    """Whoever started this lets a minute and a half pass once the call is open."""
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
