"""Writes model/*.json from botocore's service models.

What it knows: for each operation that a table names (the TABLES below), the
protocol, the HTTP binding, the input and output shapes, paging, error codes; and
for each service the endpoints in every partition, computed by botocore's own
rule engine.  What it does not know: which operations we need and why; that is in
the tables.

    python gen/shapes.py           write
    python gen/shapes.py --check   exit 1 if the committed files differ

Needs botocore at the version below (pip install botocore==VERSION).

Format of a shape: an object is a structure {member: type or [wire name, type]},
["list", type, wire name, flattened] a list, ["map", value] a map.
A type is the name of a shape or one of :s string, :i integer, :f float,
:b boolean, :t timestamp, :p IAM policy document, :x blob, :d free JSON document.
Input and output shapes are kept apart: EC2 spells the same member in two ways.
"""

import json
import pathlib
import re
import sys

import botocore
import botocore.endpoint_provider
import botocore.loaders
import botocore.model
from botocore import xform_name

VERSION = "1.44.5"
HERE = pathlib.Path(__file__).resolve().parent
TABLES = [HERE / ".." / "src" / "operations.rs"]
OUT = HERE / ".." / "model"

# CloudWatch lists three protocols; Query is the one that every endpoint, proxy and
# emulator speaks.
PROTOCOL = {"cloudwatch": "query"}
# Paging that botocore does not declare, but whose members do not follow the
# nextToken convention, and operations that must not be paged.
UNPAGED = {("logs", "GetLogEvents")}  # its tokens never end: the last one repeats
# botocore unwraps this answer in a handler, not in the model.
BARE_ROOT = {("s3", "GetBucketLocation"): "LocationConstraint"}

PRIMITIVE = {
    "string": ":s", "character": ":s", "integer": ":i", "long": ":i",
    "float": ":f", "double": ":f", "boolean": ":b", "timestamp": ":t", "blob": ":x",
}


def wanted():
    """{service: [operation]} from the Rust tables."""
    found = {}
    for table in TABLES:
        service = None
        for line in table.read_text().splitlines():
            head = re.match(r'\s*mod \w+ \((\w+), "([\w-]+)"\) \{', line)
            if head:
                service = {"s3api": "s3"}.get(head.group(2), head.group(2))
            row = re.match(r'\s*[A-Z0-9_]+ "(\w+)"', line)
            if row and service:
                found.setdefault(service, set()).add(row.group(1))
    return {name: sorted(ops) for name, ops in found.items()}


def ucfirst(text):
    return text[0].upper() + text[1:]


class Shapes:
    """The shapes reachable from the operations of one service, one direction."""

    def __init__(self, protocol, is_input):
        self.protocol, self.is_input, self.shapes = protocol, is_input, {}

    def wire_name(self, member, shape):
        own = shape.serialization
        if self.is_input and self.protocol == "ec2":
            if "queryName" in own:
                return own["queryName"]
            return ucfirst(own["name"]) if "name" in own else member
        return own.get("name", member)

    def add(self, shape):
        if shape.type_name in PRIMITIVE:
            if shape.name == "policyDocumentType":
                return ":p"
            return PRIMITIVE[shape.type_name]
        if getattr(shape, "is_document_type", False):
            return ":d"
        if shape.name in self.shapes:
            return shape.name
        self.shapes[shape.name] = None  # breaks recursion
        if shape.type_name == "structure":
            members = {}
            for name, member in shape.members.items():
                wire, kind = self.wire_name(name, member), self.add(member)
                members[name] = kind if wire == name else [wire, kind]
            self.shapes[shape.name] = members
        elif shape.type_name == "list":
            flat = bool(shape.serialization.get("flattened"))
            flat = flat or (self.is_input and self.protocol == "ec2")
            wire = shape.member.serialization.get("name")
            self.shapes[shape.name] = ["list", self.add(shape.member), wire or "member", flat]
            if flat and not wire:
                self.shapes[shape.name][2] = ""
        elif shape.type_name == "map":
            if shape.serialization.get("flattened") or self.is_input and "json" not in self.protocol:
                raise SystemExit(f"{shape.name}: such maps are not supported")
            self.shapes[shape.name] = ["map", self.add(shape.value)]
        else:
            raise SystemExit(f"{shape.name}: unknown shape type {shape.type_name}")
        return shape.name


def as_list(value):
    return value if isinstance(value, list) else [value]


def paging(loader_pages, service, operation):
    if (service, operation.name) in UNPAGED:
        return None
    config = loader_pages.get(operation.name)
    if config is None:
        members_in = operation.input_shape.members if operation.input_shape else {}
        members_out = operation.output_shape.members if operation.output_shape else {}
        token = next((t for t in ("nextToken", "NextToken") if t in members_in and t in members_out), None)
        if token is None:
            return None
        results = [n for n, s in members_out.items() if s.type_name == "list"]
        limit = next((n for n in members_in if n.lower() in ("maxresults", "limit")), None)
        config = {"input_token": token, "output_token": token, "result_key": results, "limit_key": limit}
    page = {
        "in": as_list(config["input_token"]),
        "out": as_list(config["output_token"]),
        "results": as_list(config["result_key"]),
    }
    for ours, theirs in (("more", "more_results"), ("limit", "limit_key")):
        if config.get(theirs):
            page[ours] = config[theirs]
    for name in page["in"] + page["out"] + page["results"]:
        if not re.fullmatch(r"\w+", name):
            raise SystemExit(f"{service} {operation.name}: paging expression {name}")
    return page


def service_model(loader, service, operations):
    raw = loader.load_service_model(service, "service-2")
    model = botocore.model.ServiceModel(raw, service)
    try:
        pages = loader.load_service_model(service, "paginators-1")["pagination"]
    except botocore.exceptions.DataNotFoundError:
        pages = {}
    meta = model.metadata
    protocol = PROTOCOL.get(service, meta["protocol"])
    inputs, outputs = Shapes(protocol, True), Shapes(protocol, False)
    table = {}
    for name in operations:
        op = model.operation_model(name)
        entry = {"cli": xform_name(name, "-")}
        if op.input_shape:
            entry["input"] = inputs.add(op.input_shape)
            entry["required"] = op.input_shape.required_members
        if op.output_shape:
            entry["output"] = outputs.add(op.output_shape)
            if "resultWrapper" in op.output_shape.serialization:
                entry["wrapper"] = op.output_shape.serialization["resultWrapper"]
            if "payload" in op.output_shape.serialization:
                entry["payload"] = op.output_shape.serialization["payload"]
        if (service, name) in BARE_ROOT:
            entry["bare"] = BARE_ROOT[(service, name)]
        if protocol.startswith("rest"):
            entry["http"] = [op.http["method"], op.http["requestUri"]]
            entry["bind"] = {
                m: [s.serialization["location"], s.serialization.get("name", m)]
                for m, s in (op.input_shape.members if op.input_shape else {}).items()
                if "location" in s.serialization
            }
        page = paging(pages, service, op)
        if page:
            entry["paging"] = page
        codes = []
        for error in op.error_shapes:
            codes.append(error.metadata.get("error", {}).get("code") or error.name)
        entry["errors"] = sorted(set(codes))
        table[name] = {k: v for k, v in entry.items() if v not in (None, [], {})}
    head = {"protocol": protocol, "api_version": meta["apiVersion"], "service_id": meta["serviceId"],
            "signing_name": meta.get("signingName", meta["endpointPrefix"])}
    for key in ("jsonVersion", "targetPrefix"):
        if key in meta and protocol == "json":
            head[{"jsonVersion": "json_version", "targetPrefix": "target_prefix"}[key]] = meta[key]
    return {**head, "operations": table, "inputs": inputs.shapes, "outputs": outputs.shapes}


def endpoints(loader, services):
    partitions = loader.load_data("partitions")
    result = {"partitions": [], "services": {}}
    for partition in partitions["partitions"]:
        regions = sorted(r for r in partition["regions"] if not r.endswith("-global"))
        result["partitions"].append({"id": partition["id"], "regions": regions})
    for service in sorted(services):
        rules = loader.load_service_model(service, "endpoint-rule-set-1")
        provider = botocore.endpoint_provider.EndpointProvider(rules, partitions)
        per_partition = {}
        for partition in result["partitions"]:
            variants = {}
            for fips in (False, True):
                for dual in (False, True):
                    key = ("fips" if fips else "") + ("dual" if dual else "")
                    seen = {}
                    for region in partition["regions"]:
                        seen[region] = resolve(provider, region, fips, dual)
                    if all(v is None for v in seen.values()):
                        continue
                    values = [v for v in seen.values()]
                    common = max(sorted(set(map(str, values))), key=[str(v) for v in values].count)
                    common = next(v for v in values if str(v) == common)
                    other = {r: v for r, v in seen.items() if v != common}
                    variants[key or "plain"] = {"url": common, **({"except": other} if other else {})}
            per_partition[partition["id"]] = variants
        result["services"][service] = per_partition
    return result


def resolve(provider, region, fips, dual):
    """The URL with {region} for the region; a service with one home has "URL signing-region"."""
    try:
        found = provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual)
    except botocore.exceptions.EndpointProviderError:
        return None
    schemes = found.properties.get("authSchemes") or [{}]
    if "signingRegion" in schemes[0]:
        return f"{found.url} {schemes[0]['signingRegion']}"
    return found.url.replace(region, "{region}")


def dump(model):
    """One line per operation and per shape, so that a change reads well in a diff."""
    def block(value):
        rows = [f"  {json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in sorted(value.items())]
        return "{\n" + ",\n".join(rows) + "\n}" if rows else "{}"
    parts = [f" {json.dumps(k)}: {block(v) if isinstance(v, dict) else json.dumps(v)}" for k, v in model.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main():
    if botocore.__version__ != VERSION:
        raise SystemExit(f"needs botocore=={VERSION}, found {botocore.__version__}")
    loader = botocore.loaders.Loader()
    operations = wanted()
    files = {f"{s}.json": dump(service_model(loader, s, ops)) for s, ops in operations.items()}
    files["endpoints.json"] = dump(endpoints(loader, operations))
    stale = []
    for name, text in sorted(files.items()):
        path = OUT / name
        if not path.exists() or path.read_text() != text:
            stale.append(name)
            if "--check" not in sys.argv:
                OUT.mkdir(exist_ok=True)
                path.write_text(text)
    extra = sorted(p.name for p in OUT.glob("*.json") if p.name not in files)
    for name in stale + extra:
        print(("stale: " if "--check" in sys.argv else "written: ") + name)
    if "--check" in sys.argv and (stale or extra):
        raise SystemExit(1)


main()
