"""Someone else writes to one appointment in ten while the run is under way (design section 4.6).

KIND: status (default: the next legal status), member (another comment). TARGET: url (default: appointments are made), file (listed ones).
Right: nothing fails, and nine in ten of the MUST requirements that have an answer without this have one.
"""

from lib import *

KIND = os.environ.get("KIND", "status")
NEXT = {"proposed": "cancelled", "booked": "arrived", "arrived": "checked-in", "checked-in": "cancelled"}


class SomeoneElse(Bug):
    """someone else writes to one appointment in ten"""

    verdict = ("conformant", "incomplete")
    only_fails = ()
    target = os.environ.get("TARGET", "url")

    def right(self, run, rc, text):
        must = [r for r in run["requirements"] if r["level"] == "MUST" and r["verdict"] != "not-applicable"]
        known = [r for r in must if r["verdict"] in ("pass", "warn", "fail")]
        print(f"   {len(known)} of {len(must)} MUST have an answer; {self.state.get('writes', 0)} writes of someone else")
        if self.target == "file" and len(known) < 0.9 * len(must):
            yield f"{len(known)} of {len(must)} MUST have an answer"
        if not self.state.get("writes"):
            yield "nobody else wrote"

    def handle(self, r, up):
        named = re.search(r"/Appointment/([^/?]+)$", r.path)
        if named:
            with self.lock:
                seen = self.state.setdefault("seen", {})
                seen[named.group(1)] = seen.get(named.group(1), 0) + 1
                times = seen[named.group(1)]
            if named.group(1).endswith("0") and times in (2, 5, 9):
                self.write(r, up, times)
        return up(r)

    def write(self, r, up, times):
        read = up(Req("GET", r.path, [("Accept", "application/fhir+json")], None))
        status = (read.json() or {}).get("status")
        value = {"path": "/status", "value": NEXT.get(status, "arrived")} if KIND == "status" else {"path": "/comment", "value": f"at the desk, {times}"}
        headers = [("Accept", "application/fhir+json"), ("Content-Type", "application/json-patch+json"), ("If-Match", read.get("etag") or "")]
        body = json.dumps([{"op": "replace" if KIND == "status" else "add", **value}]).encode()
        if up(Req("PATCH", r.path, headers, body)).status == 200:
            with self.lock:
                self.state["writes"] = self.state.get("writes", 0) + 1


main(SomeoneElse, "70-someone-else-writes-" + KIND)
