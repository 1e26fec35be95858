"""A client that knows nothing of samsyn: what it can call, it learns from server reflection.

Usage: generic_client.py HOST:PORT DEVICE-DIRECTORY NODE-CERTIFICATE; prints one JSON document.
"""

import json
import pathlib
import sys

import grpc
from google.protobuf import descriptor_pool, json_format, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

TIMEOUT_S = 20


def credentials(node_certificate, device=None):
    """The node's own certificate is the anchor: that is what pinning means to a generic client."""
    root = node_certificate.read_bytes()
    if device is None:
        return grpc.ssl_channel_credentials(root)
    return grpc.ssl_channel_credentials(
        root, (device / "device.key.pem").read_bytes(), (device / "device.crt.pem").read_bytes()
    )


def caller(channel, pool):
    """A function that calls any method by name with a JSON-like request."""

    def call(service, method, request=None):
        described = pool.FindServiceByName(service).FindMethodByName(method)
        asked = message_factory.GetMessageClass(described.input_type)
        answer = message_factory.GetMessageClass(described.output_type)
        stub = channel.unary_unary(
            f"/{service}/{method}",
            request_serializer=asked.SerializeToString,
            response_deserializer=answer.FromString,
        )
        message = json_format.ParseDict(request or {}, asked())
        return json_format.MessageToDict(
            stub(message, timeout=TIMEOUT_S), always_print_fields_with_no_presence=True
        )

    return call


def refused(call):
    """What a refusal says to a client that reads its metadata."""
    try:
        call("samsyn.v1.Portfolio", "GetWork", {"id": "finns-inte"})
    except grpc.RpcError as error:
        metadata = dict(error.trailing_metadata() or ())
        remedy = metadata.get("samsyn-remedy-bin", b"").decode()
        return {"grpc": error.code().name, "code": metadata.get("samsyn-code"), "remedy": remedy}
    return {}


def without_key(address, node_certificate):
    with grpc.secure_channel(address, credentials(node_certificate)) as channel:
        try:
            channel.unary_unary("/samsyn.v1.Node/Status")(b"", timeout=TIMEOUT_S)
        except grpc.RpcError:
            return True
    return False


def main():
    address, device, certificate = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    with grpc.secure_channel(address, credentials(certificate, device)) as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        call = caller(channel, descriptor_pool.DescriptorPool(database))
        result = {
            "services": sorted(database.get_services()),
            "health": call("grpc.health.v1.Health", "Check")["status"],
            "status": call("samsyn.v1.Node", "Status"),
            "titles": [w["title"] for w in call("samsyn.v1.Portfolio", "ListWorks")["works"]],
            "missing": refused(call),
        }
    result["without_key"] = without_key(address, certificate)
    print(json.dumps(result))


main()
