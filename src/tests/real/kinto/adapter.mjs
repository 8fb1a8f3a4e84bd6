// A path adapter in front of Kinto (a general JSON store with ETag, If-Match and JSON Patch): makes
//   http://127.0.0.1:PORT/r4/Appointment[/id]   out of   http://127.0.0.1:KINTO/v1/buckets/fhir/collections/appointment/records[/id]
//
//     node adapter.mjs KINTO        WEAK=1 turns the strong tags into the weak ones of FHIR, and back in If-Match
//
// Ours: the paths, the wrapper {"data": ...} (put on and taken off, also in the pointers of a patch), resourceType and meta, Location, /metadata.
// Kinto's, passed on as they are: status codes, ETag, Last-Modified, what If-Match does, media types, how a patch is applied, error bodies, races.
import http from 'node:http';

const kinto = Number(process.argv[2]);
const weak = process.env.WEAK === '1';
const records = '/v1/buckets/fhir/collections/appointment/records';
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
const hop = new Set(['content-length', 'transfer-encoding', 'connection', 'keep-alive']);
const capabilities = {
  resourceType: 'CapabilityStatement', status: 'active', date: '2026-01-01', kind: 'instance', fhirVersion: '4.0.1', format: ['json'], patchFormat: ['application/json-patch+json'],
  rest: [{ mode: 'server', resource: [{ type: 'Appointment', interaction: [{ code: 'read' }, { code: 'create' }, { code: 'patch' }] }] }],
};

const parse = (text) => { try { return JSON.parse(text); } catch { return undefined; } };
const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
const wrapped = (pointer) => (pointer === '' ? '/data' : typeof pointer === 'string' && pointer.startsWith('/') ? `/data${pointer}` : pointer);

// FHIR body to Kinto body; what is no JSON, or is nested too deeply to be written again, goes through as it is.
function inward(method, raw) {
  const body = raw.length ? parse(raw) : undefined;
  if (body === undefined) return raw;
  try {
    if (method === 'PATCH' && Array.isArray(body)) {
      const wrap = (o) => ({ ...o, ...('path' in o ? { path: wrapped(o.path) } : {}), ...('from' in o ? { from: wrapped(o.from) } : {}) });
      return JSON.stringify(body.map((o) => (isObject(o) ? wrap(o) : o)));
    }
    if (method === 'POST' && isObject(body)) {
      const { meta, ...data } = body;
      return JSON.stringify({ data });
    }
  } catch { /* too deep */ }
  return raw;
}

function outward(raw) {
  const body = parse(raw);
  if (!isObject(body) || !isObject(body.data)) return raw;
  const { last_modified: version, schema, ...data } = body.data;
  return JSON.stringify({ resourceType: 'Appointment', ...data, meta: { versionId: String(version), lastUpdated: new Date(version).toISOString() } });
}

const server = http.createServer((req, res) => {
  const parts = [];
  req.on('data', (part) => parts.push(part));
  req.on('end', () => {
    if (req.url === '/r4/metadata' && req.method === 'GET') {
      res.setHeader('content-type', 'application/fhir+json');
      return res.end(JSON.stringify(capabilities));
    }
    const body = inward(req.method, Buffer.concat(parts));
    const headers = Object.fromEntries(Object.entries(req.headers).filter(([name]) => !hop.has(name)));
    headers.host = `127.0.0.1:${kinto}`;
    if (req.method === 'POST' && /fhir\+json/.test(headers['content-type'] ?? '')) headers['content-type'] = 'application/json';
    if (/fhir\+json/.test(headers.accept ?? '')) headers.accept = 'application/json';
    if (weak && headers['if-match']) headers['if-match'] = headers['if-match'].replace(/W\//g, '');
    if (body.length) headers['content-length'] = Buffer.byteLength(body);
    const found = /^\/r4\/Appointment(\/[^/?]+)?(\?.*)?$/.exec(req.url);
    const path = found ? records + (found[1] ?? '') + (found[2] ?? '') : `/v1/unknown${req.url}`;
    const out = http.request({ agent, host: '127.0.0.1', port: kinto, method: req.method, path, headers }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => {
        const text = outward(Buffer.concat(chunks).toString('utf8'));
        res.statusCode = answer.statusCode;
        for (const [name, value] of Object.entries(answer.headers)) {
          if (!hop.has(name)) res.setHeader(name, name === 'etag' && weak && value.startsWith('"') ? `W/${value}` : value);
        }
        if (req.method === 'POST' && answer.statusCode === 201) res.setHeader('location', `http://${req.headers.host}/r4/Appointment/${parse(text)?.id ?? ''}`);
        if (answer.statusCode === 304 || req.method === 'HEAD') return res.end();
        res.setHeader('content-length', Buffer.byteLength(text));
        res.end(text);
      });
    });
    out.on('error', (error) => { res.statusCode = 502; res.end(String(error)); });
    out.end(body);
  });
});
// What Kinto needs before it takes records: a bucket and a collection that anyone may write to.
const everyone = ['system.Everyone'];
for (const [name, more] of [['fhir', {}], ['fhir/collections/appointment', { 'record:create': everyone }]]) {
  const body = JSON.stringify({ data: {}, permissions: { read: everyone, write: everyone, ...more } });
  const url = `http://127.0.0.1:${kinto}/v1/buckets/${name}`;
  const made = await fetch(url, { method: 'PUT', headers: { 'content-type': 'application/json' }, body });
  if (!made.ok) throw new Error(`PUT ${url} gave ${made.status}: ${await made.text()}`);
}
server.listen(0, '127.0.0.1', () => console.log(`ready http://127.0.0.1:${server.address().port}/r4`));

// The parent holds our stdin. However it ends, also by a signal, the pipe closes and no server is left behind.
process.stdin.resume().on('close', () => process.exit(0)).on('end', () => process.exit(0));
