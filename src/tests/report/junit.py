"""Counts what junitparser finds in a JUnit file, from the elements themselves, and checks the counts the file states."""

import json
import sys

from junitparser import Error, Failure, JUnitXml, Skipped

xml = JUnitXml.fromfile(sys.argv[1])
counts = dict(tests=0, failures=0, errors=0, skipped=0, passed=0, requirements=0)
for suite in xml:
    own = dict(tests=0, failures=0, errors=0, skipped=0)
    for case in suite:
        kinds = {Failure: "failures", Error: "errors", Skipped: "skipped"}
        found = [kinds[type(result)] for result in case.result]
        assert len(found) <= 1, case.name
        own["tests"] += 1
        for kind in found:
            own[kind] += 1
        counts["passed"] += not found
        for properties in case._elem.findall("properties"):
            counts["requirements"] += sum(p.get("name") == "requirement" for p in properties)
    assert own["tests"] == suite.tests, suite.name
    assert own["failures"] == suite.failures, suite.name
    assert own["errors"] == suite.errors, suite.name
    skipped = suite.skipped if suite.skipped is not None else int(suite._elem.get("disabled", 0))
    assert own["skipped"] == skipped, suite.name
    for kind, count in own.items():
        counts[kind] += count
print(json.dumps(counts))
