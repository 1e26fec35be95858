"""Looks through a delivery as an archive does, and prints what it has found as JSON.

usage: check.py PACKAGE-FOLDER

- eark-validator (structure, METS schema, CSIP and SIP rules 2.1.0), without the network: it reads vocabularies over HTTP
  when it is imported, and the same files are part of it. SIP14 and CSIP63 are its own mistakes: it tests an attribute
  without its namespace, and a rule that no group can fulfil.
- every checksum and size in METS.xml, and that it lists all files and no others;
- the ERMS description by erms.rng (what both versions of the schema allow of what is written here), and by the schemas
  themselves where SAMSYN_ERMS_SCHEMAS names a directory that has them; they have no licence, so there is no copy here;
- each handling.xml by the schema that the package has.
"""

import hashlib, importlib.util, io, json, os, sys, urllib.request

package = sys.argv[1]
home = os.path.dirname(importlib.util.find_spec("eark_validator").origin)
VOCABULARIES = os.path.join(home, "ipxml", "resources", "vocabs")


def vocabulary(url, *_, **__):
    with open(os.path.join(VOCABULARIES, os.path.basename(url)), "rb") as file:
        return io.BytesIO(file.read())


urllib.request.urlopen = vocabulary

from pathlib import Path

from eark_validator.packages import PackageValidator
from lxml import etree

METS = "{http://www.loc.gov/METS/}"
HREF = "{http://www.w3.org/1999/xlink}href"
FALSE = {"SIP14", "CSIP63"}


def validator():
    report = PackageValidator(Path(package)).validation_report
    told = list(report.structure.messages)
    if report.metadata:
        told += report.metadata.schema_results.messages + report.metadata.schematron_results.messages
    errors = sorted({message.rule_id for message in told if message.severity.name == "ERROR"})
    wellformed = report.structure.status.name == "WELLFORMED"
    schema = report.metadata is not None and not report.metadata.schema_results.messages
    return {"structure": wellformed, "schema": schema, "errors": errors, "unexpected": sorted(set(errors) - FALSE)}


def files():
    root = etree.parse(os.path.join(package, "METS.xml")).getroot()
    listed = {}
    for element in root.iter(METS + "file", METS + "mdRef"):
        place = element if element.tag == METS + "mdRef" else element.find(METS + "FLocat")
        listed[place.get(HREF)] = (element.get("CHECKSUM"), element.get("CHECKSUMTYPE"), element.get("SIZE"))
    there = set()
    for folder, _, names in os.walk(package):
        there |= {os.path.relpath(os.path.join(folder, name), package) for name in names}
    there.discard("METS.xml")
    spoiled = []
    for path, (checksum, kind, size) in sorted(listed.items()):
        if path not in there:
            continue
        with open(os.path.join(package, path), "rb") as file:
            content = file.read()
        fits = kind == "SHA-256" and hashlib.sha256(content).hexdigest() == checksum and str(len(content)) == size
        if not fits:
            spoiled.append(path)
    return {
        "files": len(listed),
        "missing": sorted(set(listed) - there),
        "unlisted": sorted(there - set(listed)),
        "spoiled": spoiled,
    }


def faults(schema, file):
    try:
        tree = etree.parse(file)
    except etree.XMLSyntaxError as error:
        return [str(error)]
    schema.validate(tree)
    return [f"{os.path.basename(file)}:{entry.line}: {entry.message}" for entry in schema.error_log][:20]


def description():
    erms = os.path.join(package, "metadata", "descriptive", "erms.xml")
    here = os.path.dirname(os.path.abspath(__file__))
    found = {"subset": faults(etree.RelaxNG(file=os.path.join(here, "erms.rng")), erms)}
    directory = os.environ.get("SAMSYN_ERMS_SCHEMAS")
    if directory:
        for name in ["ERMS.xsd", "ERMS_v3.xsd"]:
            found[name] = faults(etree.XMLSchema(file=os.path.join(directory, name)), erms)
    return found


def documents():
    schema = etree.XMLSchema(file=os.path.join(package, "schemas", "samsyn-handling-1.xsd"))
    found = []
    for folder, _, names in sorted(os.walk(os.path.join(package, "representations"))):
        found += [fault for name in names if name == "handling.xml" for fault in faults(schema, os.path.join(folder, name))]
    return found


print(json.dumps({"validator": validator(), "mets": files(), "erms": description(), "documents": documents()}))
