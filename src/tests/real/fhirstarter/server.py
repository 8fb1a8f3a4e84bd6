"""Appointments as the example that comes with fhirstarter 4.2.0 serves patients, on a port that the system chooses.

    python server.py        prints `ready http://127.0.0.1:PORT`; ends when standard input does

Routing, media types, the reading of a patch document, outcomes and /metadata are fhirstarter's, how a patch is applied is jsonpatch's, and what
is valid is decided by fhir.resources. Ours are the handlers, line for line those of the example. There are no versions and no entity tags.
"""

import json
import os
import socket
import sys
import threading
from uuid import uuid4

os.environ["FHIR_SEQUENCE"] = "R4B"

import jsonpatch
import uvicorn
from fhir.resources.R4B.appointment import Appointment
from fhirstarter import FHIRProvider, FHIRStarter, InteractionContext, JSONPatch, convert_json_patch
from fhirstarter.exceptions import FHIRResourceNotFoundError, FHIRUnprocessableEntityError

stored: dict[str, str] = {}
provider = FHIRProvider()


@provider.read(Appointment)
async def read(context: InteractionContext, id_: str) -> Appointment:
    if id_ not in stored:
        raise FHIRResourceNotFoundError
    return Appointment.model_validate_json(stored[id_])


@provider.create(Appointment)
async def create(context: InteractionContext, resource: Appointment) -> str:
    resource.id = str(uuid4())
    stored[resource.id] = resource.model_dump_json()
    return resource.id


@provider.patch(Appointment)
async def patch(context: InteractionContext, id_: str, json_patch: JSONPatch) -> str:
    appointment = json.loads(stored.get(id_, "{}"))
    if not appointment:
        raise FHIRResourceNotFoundError
    jsonpatch.apply_patch(appointment, jsonpatch.JsonPatch(convert_json_patch(json_patch)), in_place=True)
    try:
        changed = Appointment.model_validate(appointment)
    except Exception as exception:
        raise FHIRUnprocessableEntityError(code="invalid", details_text="Validation of patched resource failed") from exception
    stored[id_] = changed.model_dump_json()
    return id_


app = FHIRStarter(title="fhirstarter with appointments")
app.add_providers(provider)
listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
listener.bind(("127.0.0.1", 0))
listener.listen(128)


def end_with_the_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=end_with_the_parent, daemon=True).start()
print(f"ready http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="critical")).run(sockets=[listener])
