// Made by `npm run trivy:bundle` from components/trivy/reporter: change that, not this.
"use strict";
var __create = Object.create;
var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __getProtoOf = Object.getPrototypeOf;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key) && key !== except)
        __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
  }
  return to;
};
var __toESM = (mod, isNodeMode, target) => (target = mod != null ? __create(__getProtoOf(mod)) : {}, __copyProps(
  // If the importer is in node compatibility mode or this is not an ESM
  // file that has been converted to a CommonJS file using a Babel-
  // compatible transform (i.e. "__esModule" has not been set), then set
  // "default" to the CommonJS "module.exports" for node compatibility.
  isNodeMode || !mod || !mod.__esModule ? __defProp(target, "default", { value: mod, enumerable: true }) : target,
  mod
));

// http.ts
var http = __toESM(require("node:http"));
var https = __toESM(require("node:https"));
var ConnectionError = class extends Error {
};
var MAX_RESPONSE_BYTES = 64 * 1024 * 1024;
var TIMEOUT_MS = 6e4;
var LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
var HttpClient = class {
  constructor(target) {
    this.target = target;
    this.base = parseTarget(target.url);
    const { ca, cert, key } = target;
    const options = { keepAlive: true, maxSockets: 16 };
    this.agent = this.base.protocol === "https:" ? new https.Agent({ ...options, ca, cert, key }) : new http.Agent(options);
  }
  target;
  base;
  agent;
  /** @throws ConnectionError when no complete answer comes. An answer of any status is returned. */
  request(request) {
    return new Promise((resolve, reject) => {
      const fail = (error) => reject(new ConnectionError(`${this.base.host}: ${error.message}`));
      const outgoing = this.open(request, (incoming) => {
        readBody(incoming).then((body) => {
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body });
        }, fail);
      });
      outgoing.setTimeout(
        TIMEOUT_MS,
        () => outgoing.destroy(new Error(`no answer in ${TIMEOUT_MS / 1e3} s`))
      );
      outgoing.on("error", fail);
      outgoing.end(request.body);
    });
  }
  close() {
    this.agent.destroy();
  }
  open(request, onResponse) {
    const { method, path, headers, body } = request;
    const length = body === void 0 ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const options = {
      method,
      agent: this.agent,
      protocol: this.base.protocol,
      hostname: this.base.hostname.replace(/^\[|\]$/g, ""),
      port: this.base.port || void 0,
      path: `${this.base.pathname.replace(/\/$/, "")}${path}`,
      headers: { ...this.target.headers, ...headers, ...length }
    };
    const module2 = this.base.protocol === "https:" ? https : http;
    return module2.request(options, onResponse);
  }
};
function parseTarget(text) {
  const url = new URL(text);
  if (url.protocol === "https:") return url;
  if (url.protocol === "http:" && LOOPBACK.test(url.hostname)) return url;
  throw new Error(
    `${url.protocol}//${url.host}: only https, or http to this machine: credentials are sent there`
  );
}
function readBody(incoming) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    let bytes = 0;
    incoming.on("data", (chunk) => {
      bytes += chunk.length;
      if (bytes > MAX_RESPONSE_BYTES)
        incoming.destroy(new Error(`an answer of more than ${MAX_RESPONSE_BYTES} bytes`));
      else chunks.push(chunk);
    });
    incoming.on("end", () => resolve(Buffer.concat(chunks, bytes).toString("utf8")));
    incoming.on("error", reject);
  });
}

// retry.ts
var RETRY_POLICY = { budgetMs: 12e4, firstWaitMs: 500, maxWaitMs: 15e3 };
var Unavailable = class extends Error {
};
function isTransient(status) {
  return status === 429 || status >= 500;
}
function retryAfterMs(response) {
  const seconds = Number(response.headers["retry-after"]);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1e3 : void 0;
}
var Backoff = class {
  constructor(policy, server) {
    this.policy = policy;
    this.server = server;
  }
  policy;
  server;
  started;
  tries = 0;
  /** @throws Unavailable when the budget is used up. */
  async wait(reason, atLeastMs = 0) {
    const now = Date.now();
    this.started ??= now;
    const { budgetMs, firstWaitMs, maxWaitMs } = this.policy;
    const backoff = Math.min(maxWaitMs, firstWaitMs * 2 ** this.tries);
    const delay = Math.max(atLeastMs, backoff * (0.5 + Math.random() / 2));
    if (now - this.started + delay > budgetMs)
      throw new Unavailable(
        `${this.server}: ${reason}, after ${this.tries + 1} tries in ${budgetMs / 1e3} s`
      );
    this.tries += 1;
    await new Promise((resolve) => setTimeout(resolve, delay));
  }
};

// findings-store.ts
var StoreError = class extends Error {
};
var SEARCH_PAGE = 1e3;
var Store = class {
  /** @param targets Addresses of one Elasticsearch; the next is used when one can't be reached. */
  constructor(targets, index, policy) {
    this.index = index;
    this.policy = policy;
    this.clients = targets.map((target) => new HttpClient(target));
  }
  index;
  policy;
  clients;
  current = 0;
  /** Runs a `_bulk` body of newline-delimited JSON; the items are in its order. */
  async bulk(body, refresh) {
    const response = await this.send({
      method: "POST",
      path: `${this.path("_bulk")}?refresh=${refresh}&filter_path=items.*.status,items.*.error.type,items.*.error.reason`,
      headers: { "content-type": "application/x-ndjson" },
      body
    });
    const { items = [] } = JSON.parse(response.body);
    return items.map((item) => Object.values(item)[0] ?? { status: 0 });
  }
  /** All documents that match, page by page; an index that is not there yet has none. */
  async *search(query, fields) {
    let after;
    do {
      const response = await this.send({
        method: "POST",
        path: `${this.path("_search")}?ignore_unavailable=true&filter_path=hits.hits._id,hits.hits._source,hits.hits.sort`,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          size: SEARCH_PAGE,
          query,
          _source: fields,
          sort: [{ "event.id": { order: "asc", unmapped_type: "keyword" } }],
          search_after: after,
          track_total_hits: false
        })
      });
      const hits = JSON.parse(response.body).hits?.hits ?? [];
      yield* hits;
      after = hits.length === SEARCH_PAGE ? hits.at(-1)?.sort : void 0;
    } while (after);
  }
  close() {
    for (const client of this.clients) client.close();
  }
  path(api) {
    return `/${encodeURIComponent(this.index)}/${api}`;
  }
  /** Waits for a 401 too: that is what a good API key is told until a started server has its security index again. */
  async send(request) {
    const backoff = new Backoff(this.policy, "Elasticsearch");
    for (; ; ) {
      try {
        const response = await this.clients[this.current].request(request);
        if (!isTransient(response.status) && response.status !== 401) return this.accept(response);
        await backoff.wait(this.complaint(response), retryAfterMs(response));
      } catch (error) {
        if (!(error instanceof ConnectionError)) throw error;
        this.current = (this.current + 1) % this.clients.length;
        await backoff.wait(error.message);
      }
    }
  }
  accept(response) {
    if (response.status < 300) return response;
    throw new StoreError(`Elasticsearch answers ${this.complaint(response)}`);
  }
  complaint({ status, body }) {
    if (isTransient(status)) return `status ${status}`;
    if (status === 401 || status === 403)
      return `${status}: the API key needs the privileges read and index on ${this.index}. ${reasonOf(body)}`;
    return `${status} for index ${this.index}: ${reasonOf(body)}`;
  }
};
function reasonOf(body) {
  try {
    const { error } = JSON.parse(body);
    return (error?.root_cause?.[0]?.reason ?? error?.reason ?? body).slice(0, 500);
  } catch {
    return body.slice(0, 500);
  }
}

// kubernetes.ts
var ApiError = class extends Error {
};
var REPORTS = "/apis/aquasecurity.github.io/v1alpha1";
var PAGE = 500;
var METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
var METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
var MAX_RESTARTS = 3;
var MADE_BY_ANOTHER = {
  ReplicaSet: "/apis/apps/v1/namespaces/{ns}/replicasets/",
  Job: "/apis/batch/v1/namespaces/{ns}/jobs/"
};
var Cluster = class {
  constructor(target, policy) {
    this.policy = policy;
    this.client = new HttpClient(target);
  }
  policy;
  client;
  /**
   * Metadata of all VulnerabilityReports, by page and without the reports themselves: what changed is seen by
   * `resourceVersion`, and a page of whole reports could be some hundred megabytes.
   */
  async listReports() {
    for (let restarts = 0; ; restarts += 1) {
      const found = await this.listFromStart();
      if (found) return found;
      if (restarts === MAX_RESTARTS) throw new ApiError("the list of reports expires before its last page");
    }
  }
  async listFromStart() {
    const found = [];
    let token = "";
    do {
      const path = `${REPORTS}/vulnerabilityreports?limit=${PAGE}&continue=${encodeURIComponent(token)}`;
      const response = await this.get(path, METADATA_LIST);
      if (response.status === 410) return void 0;
      if (response.status === 404)
        throw new ApiError("the cluster has no VulnerabilityReports: is trivy-operator installed?");
      const page = JSON.parse(expectOk(response, "list vulnerabilityreports").body);
      for (const { metadata } of page.items ?? []) found.push(metadata);
      token = page.metadata.continue ?? "";
    } while (token);
    return found;
  }
  /**
   * A report, or undefined where it was deleted in the meantime.
   * @param resourceVersion It may be newer, not older: so the API server can answer from its cache, at a quarter of
   * what reading etcd costs it.
   */
  async getReport(namespace, name, resourceVersion) {
    const path = `${REPORTS}/namespaces/${encodeURIComponent(namespace)}/vulnerabilityreports/${encodeURIComponent(name)}?resourceVersion=${resourceVersion}`;
    const response = await this.get(path, "application/json");
    if (response.status === 404) return void 0;
    return JSON.parse(expectOk(response, "get vulnerabilityreports").body);
  }
  /** What made a ReplicaSet or a Job; undefined where nothing did, or it is gone. */
  async ownerOf(namespace, kind, name) {
    const folder = MADE_BY_ANOTHER[kind];
    if (!folder) return void 0;
    const path = `${folder.replace("{ns}", encodeURIComponent(namespace))}${encodeURIComponent(name)}`;
    const response = await this.get(path, METADATA_ONLY);
    if (response.status === 404) return void 0;
    const { metadata } = JSON.parse(expectOk(response, `get ${kind}`).body);
    return metadata.ownerReferences?.find((owner) => owner.controller);
  }
  close() {
    this.client.close();
  }
  async get(path, accept) {
    const backoff = new Backoff(this.policy, "Kubernetes API");
    for (; ; ) {
      try {
        const response = await this.client.request({ method: "GET", path, headers: { accept } });
        if (!isTransient(response.status)) return response;
        await backoff.wait(`status ${response.status}`, retryAfterMs(response));
      } catch (error) {
        if (!(error instanceof ConnectionError)) throw error;
        await backoff.wait(error.message);
      }
    }
  }
};
function expectOk(response, what) {
  if (response.status === 200) return response;
  const hint = response.status === 403 ? ", the ClusterRole of the reporter allows it" : "";
  throw new ApiError(
    `the Kubernetes API answers ${response.status} to "${what}"${hint}: ${response.body.slice(0, 300)}`
  );
}

// bulk.ts
var DEFAULTS = { maxBytes: 3 * 1024 * 1024, maxInFlight: 2 };
var ROOM = 64 * 1024;
var Batch = class {
  entries = [];
  buffer;
  used = 0;
  constructor(size) {
    this.buffer = Buffer.allocUnsafeSlow(size);
  }
  get bytes() {
    return this.used;
  }
  append({ action, id, document }, settle) {
    const update2 = action === "update";
    const json = typeof document === "string" ? document : JSON.stringify(document);
    const lines = `{"${action}":{"_id":"${id}"}}
${update2 ? `{"doc":${json}}` : json}
`;
    const start = this.used;
    if (this.buffer.length - start < 3 * lines.length) this.grow(3 * lines.length);
    this.used += this.buffer.write(lines, start);
    this.entries.push({ id, update: update2, start, end: this.used, settle });
  }
  /** The lines of all entries, or of some, in their order. */
  body(entries) {
    if (entries.length === this.entries.length) return this.buffer.subarray(0, this.used);
    return Buffer.concat(entries.map(({ start, end }) => this.buffer.subarray(start, end)));
  }
  grow(bytes) {
    const larger = Buffer.allocUnsafeSlow(this.buffer.length + bytes);
    this.buffer.copy(larger, 0, 0, this.used);
    this.buffer = larger;
  }
};
var BulkWriter = class {
  constructor(store, policy, options = DEFAULTS) {
    this.store = store;
    this.policy = policy;
    this.options = options;
  }
  store;
  policy;
  options;
  documents = 0;
  bytes = 0;
  batch;
  inFlight = /* @__PURE__ */ new Set();
  failure;
  /** Adds an operation without waiting: for the few that follow from answers, or before {@link makeRoom}. */
  enqueue(operation, settle) {
    this.batch ??= new Batch(this.options.maxBytes + ROOM);
    this.batch.append(operation, settle);
  }
  /** True when what was added is a request, for which {@link makeRoom} is to be waited for. */
  get isFull() {
    return (this.batch?.bytes ?? 0) >= this.options.maxBytes;
  }
  /** Sends what was added, once less is under way than may be. */
  async makeRoom() {
    await this.flush(false);
  }
  /** Adds an operation, and waits while as much is under way as may be. */
  async add(operation, settle) {
    this.enqueue(operation, settle);
    if (this.isFull) await this.makeRoom();
  }
  /** Sends all that is left, including what answers add; then all of it can be searched. */
  async drain() {
    while (this.batch || this.inFlight.size > 0) {
      await Promise.all(this.inFlight);
      await this.flush(true);
    }
    this.throwFailure();
  }
  async flush(refresh) {
    while (this.inFlight.size >= this.options.maxInFlight) await Promise.race(this.inFlight);
    this.throwFailure();
    const { batch } = this;
    if (!batch) return;
    this.batch = void 0;
    const sending = this.send(batch, refresh).catch((error) => {
      this.failure ??= error;
    }).finally(() => this.inFlight.delete(sending));
    this.inFlight.add(sending);
  }
  async send(batch, refresh) {
    const backoff = new Backoff(this.policy, "Elasticsearch");
    let left = batch.entries;
    for (; ; ) {
      const body = batch.body(left);
      const items = await this.store.bulk(body, refresh);
      if (items.length !== left.length)
        throw new Error(`_bulk answered ${items.length} items to ${left.length} operations`);
      this.bytes += body.length;
      left = left.filter((entry, i) => !this.settle(entry, items[i]));
      if (left.length === 0) return;
      await backoff.wait(`${left.length} documents were put off`);
    }
  }
  /** False when the operation is to be sent again. */
  settle(entry, { status, error }) {
    if (isTransient(status)) return false;
    if (status < 300 || status === 404 && entry.update) {
      this.documents += 1;
      entry.settle();
    } else entry.settle({ id: entry.id, reason: `${error?.type ?? status}: ${error?.reason ?? ""}` });
    return true;
  }
  throwFailure() {
    if (this.failure) throw this.failure;
  }
};

// concurrency.ts
async function forEachLimited(items, limit, work) {
  const iterator = items[Symbol.iterator]();
  let failed = false;
  const worker = async () => {
    for (let next = iterator.next(); !next.done && !failed; next = iterator.next()) {
      try {
        await work(next.value);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: limit }, worker));
  const failure = results.find((result) => result.status === "rejected");
  if (failure) throw failure.reason;
}

// identity.ts
var import_node_crypto = require("node:crypto");
var ID_LENGTH = 22;
function fingerprint(parts) {
  return fingerprintText(JSON.stringify(parts));
}
function fingerprintText(text) {
  return (0, import_node_crypto.hash)("sha256", text, "base64url").slice(0, ID_LENGTH);
}
function reportedWorkload(metadata) {
  const owner = metadata.ownerReferences?.find((reference) => reference.controller);
  if (owner) return { kind: owner.kind, name: owner.name };
  const { labels = {}, annotations = {} } = metadata;
  const key = "trivy-operator.resource.name";
  return {
    kind: labels["trivy-operator.resource.kind"] ?? "Unknown",
    name: labels[key] ?? annotations[key] ?? metadata.name
  };
}
function subjectOf(metadata, owner, cluster) {
  const { kind, name } = owner ?? reportedWorkload(metadata);
  const { namespace } = metadata;
  const container = metadata.labels?.["trivy-operator.container.name"] ?? "";
  const id = fingerprint(["report", cluster, namespace, kind, name, container]);
  return { id, namespace, workload: { kind, name }, container };
}
function findingId(subject, repository, finding) {
  const { vulnerabilityID, resource = "", installedVersion = "", packagePath = "" } = finding;
  const artifact = packageOf(finding) ?? resource;
  return fingerprint([
    "finding",
    subject.id,
    repository,
    vulnerabilityID,
    artifact,
    installedVersion,
    packagePath
  ]);
}
function packageOf({ packagePURL }) {
  return packagePURL ? packagePURL.split(/[?#]/)[0] : void 0;
}

// groups.ts
function sourceOf(report) {
  return `${report.name}@${report.resourceVersion}`;
}
var LOOKUPS_AT_ONCE = 8;
async function groupReports(cluster, ledger, clusterName) {
  const reports = await cluster.listReports();
  const known = knownReports(ledger);
  const unknown = reports.filter((metadata) => !known.has(keyOf(metadata.namespace, metadata.name)));
  const owners = await findOwners(cluster, unknown);
  const groups = /* @__PURE__ */ new Map();
  for (const metadata of reports) {
    const { namespace, name, resourceVersion } = metadata;
    const subject = known.get(keyOf(namespace, name)) ?? subjectOf(metadata, owners.get(workloadKey(metadata)), clusterName);
    const group = groups.get(subject.id) ?? { subject, reports: [] };
    group.reports.push({ name, resourceVersion });
    groups.set(subject.id, group);
  }
  return groups;
}
function knownReports(ledger) {
  const known = /* @__PURE__ */ new Map();
  for (const { subject, sources } of ledger.values())
    for (const source of sources) known.set(keyOf(subject.namespace, source.split("@")[0]), subject);
  return known;
}
async function findOwners(cluster, reports) {
  const owners = /* @__PURE__ */ new Map();
  const workloads = new Map(reports.map((metadata) => [workloadKey(metadata), metadata]));
  await forEachLimited(workloads, LOOKUPS_AT_ONCE, async ([key, metadata]) => {
    const { kind, name } = reportedWorkload(metadata);
    owners.set(key, await cluster.ownerOf(metadata.namespace, kind, name));
  });
  return owners;
}
function workloadKey(metadata) {
  const { kind, name } = reportedWorkload(metadata);
  return keyOf(metadata.namespace, `${kind}/${name}`);
}
function keyOf(namespace, name) {
  return `${namespace}/${name}`;
}

// ../../documents/severities.ts
var UNKNOWN_SEVERITY = 3;

// ../trivy-severities.ts
var TRIVY_SEVERITIES = {
  CRITICAL: 5,
  HIGH: 4,
  MEDIUM: 3,
  LOW: 2,
  UNKNOWN: 1
};

// findings.ts
var MAX_TEXT = 2e3;
function collectFindings(subject, reports, options) {
  const wanted = /* @__PURE__ */ new Map();
  const belowThreshold = /* @__PURE__ */ new Set();
  const threshold = TRIVY_SEVERITIES[options.severityThreshold];
  for (const { report } of reports) {
    const repository = report.artifact?.repository ?? "";
    const where = fieldsOf(subjectFields(subject, report, options));
    for (const vulnerability of report.vulnerabilities ?? []) {
      const id = findingId(subject, repository, vulnerability);
      if (severityOf(vulnerability) < threshold) belowThreshold.add(id);
      else keepOne(wanted, id, toFinding(subject, where, vulnerability));
    }
  }
  const images = reports.map(({ report }) => JSON.stringify([report.registry, report.artifact]));
  const lines = [...wanted].map(([id, { hash: hash2 }]) => `${id} ${hash2}`);
  return { wanted, belowThreshold, digest: fingerprint([...images.sort(), ...lines.sort()]) };
}
function keepOne(wanted, id, finding) {
  const before = wanted.get(id);
  if (!before || finding.hash > before.hash) wanted.set(id, finding);
}
function severityOf({ severity: severity2 }) {
  return numberOf(severity2 ?? "UNKNOWN");
}
function numberOf(severity2) {
  return TRIVY_SEVERITIES[severity2] ?? UNKNOWN_SEVERITY;
}
function toFinding(subject, where, vulnerability) {
  const { severity: severity2 = "UNKNOWN" } = vulnerability;
  const { namespace, workload } = subject;
  const message = clip(
    `${vulnerability.vulnerabilityID} (${severity2}) in ${vulnerability.resource} of ${workload.kind} ${namespace}/${workload.name}`
  );
  const fields = fieldsOf({
    id: clip(vulnerability.vulnerabilityID),
    severity: clip(severity2),
    score: score(vulnerability.score),
    title: clip(vulnerability.title),
    resource: clip(vulnerability.resource),
    installedVersion: clip(vulnerability.installedVersion),
    fixedVersion: clip(vulnerability.fixedVersion || void 0),
    packagePath: clip(vulnerability.packagePath || void 0),
    packageURL: clip(vulnerability.packagePURL),
    reference: link(vulnerability.primaryLink),
    published: time(vulnerability.publishedDate),
    report_id: subject.id,
    state: "open"
  });
  const content = `${where},"message":${JSON.stringify(message)},"vulnerability":{${fields}`;
  return { hash: fingerprintText(content), severity: severity2, content };
}
var EVENT = fieldsOf({
  kind: "state",
  category: ["vulnerability"],
  type: ["info"],
  action: "vulnerability-open",
  module: "trivy",
  dataset: "trivy.vulnerability"
});
function findingDocument(id, finding, now, firstSeen) {
  const { content, severity: severity2, hash: hash2 } = finding;
  const event = `${EVENT},"severity":${numberOf(severity2)},"id":"${id}","hash":"${hash2}"`;
  return `{"@timestamp":"${now}",${content},"firstSeen":"${firstSeen}"},"event":{${event}}}`;
}
function fieldsOf(object) {
  return JSON.stringify(object).slice(1, -1);
}
function subjectFields(subject, { artifact, registry }, { clusterName }) {
  const server = registry?.server === "index.docker.io" ? "docker.io" : registry?.server;
  const name = [server, artifact?.repository].filter(Boolean).join("/");
  return {
    labels: { security_tool: "trivy" },
    orchestrator: { cluster: { name: clusterName } },
    kubernetes: { namespace: subject.namespace },
    workload: subject.workload,
    container: { name: subject.container, image: { name: clip(name), tag: clip(artifact?.tag) } }
  };
}
function clip(text) {
  return text === void 0 || text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}...`;
}
function score(value) {
  return value !== void 0 && value >= 0 && value <= 10 ? value : void 0;
}
function link(text) {
  return text?.startsWith("https://") ? clip(text) : void 0;
}
var UTC_SECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
function time(text) {
  const parsed = text ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(parsed)) return void 0;
  return UTC_SECONDS.test(text) ? text : new Date(parsed).toISOString();
}

// ledger.ts
var MISSES_TO_CLOSE = 3;
var DATASET = "trivy.report";
var FORMAT = 2;
function settingsOf({ severityThreshold }) {
  return `${FORMAT} ${severityThreshold}`;
}
async function readLedger(store, clusterName) {
  const query = {
    bool: {
      filter: [
        { term: { "event.dataset": DATASET } },
        { term: { "orchestrator.cluster.name": clusterName } },
        { term: { "trivy.report.state": "present" } }
      ]
    }
  };
  const fields = ["event.hash", "kubernetes.namespace", "workload", "container.name", "trivy.report"];
  const ledger = /* @__PURE__ */ new Map();
  for await (const { _id, _source } of store.search(query, fields)) {
    const entry = toEntry(_id, _source ?? {});
    ledger.set(_id, entry);
  }
  return ledger;
}
function toEntry(id, stored) {
  const { sources, settings, misses, missingSince } = stored.trivy.report;
  const { namespace } = stored.kubernetes;
  return {
    subject: { id, namespace, workload: stored.workload, container: stored.container.name },
    sources,
    settings,
    digest: stored.event?.hash,
    misses,
    missingSince
  };
}
function ledgerDocument(subject, report, state, options) {
  return {
    "@timestamp": options.now.toISOString(),
    event: {
      kind: "state",
      category: ["vulnerability"],
      type: ["info"],
      action: "image-scanned",
      severity: 1,
      module: "trivy",
      dataset: DATASET,
      id: subject.id,
      hash: state.digest
    },
    ...subjectFields(subject, report, options),
    message: `${subject.workload.kind} ${subject.namespace}/${subject.workload.name} was scanned`,
    trivy: {
      report: {
        state: "present",
        sources: state.sources,
        settings: settingsOf(options),
        misses: 0,
        findings: state.counts,
        scannerVersion: report.scanner?.version
      }
    }
  };
}
function sourcesUpdate(sources, options) {
  const settings = settingsOf(options);
  return { trivy: { report: { sources, settings, misses: 0, missingSince: null } } };
}
function missUpdate(misses, missingSince) {
  return { trivy: { report: { misses, missingSince } } };
}
function goneUpdate(now) {
  return {
    "@timestamp": now.toISOString(),
    event: { action: "workload-gone", hash: null },
    trivy: { report: { state: "gone" } }
  };
}

// reconcile.ts
function isUnchanged(group, entry, options) {
  if (!entry?.digest || entry.misses > 0 || entry.settings !== settingsOf(options)) return false;
  const sources = new Set(entry.sources);
  return sources.size === group.reports.length && group.reports.every((report) => sources.has(sourceOf(report)));
}
async function reconcile(context, group, entry) {
  const reports = await readReports(context, group);
  if (reports.length === 0) return false;
  const findings = collectFindings(group.subject, reports, context.options);
  const sources = sourcesOf(reports);
  if (entry?.digest === findings.digest) await updateSources(context, group, sources);
  else await writeFindings(context, group, entry, reports, findings);
  return true;
}
async function readReports({ cluster, counts }, group) {
  const reports = [];
  for (const { name, resourceVersion } of group.reports) {
    const report = await cluster.getReport(group.subject.namespace, name, resourceVersion);
    if (report) reports.push(report);
  }
  counts.read += reports.length;
  return reports;
}
function sourcesOf(reports) {
  return reports.map(({ metadata }) => sourceOf(metadata));
}
async function updateSources(context, { subject }, sources) {
  const document = sourcesUpdate(sources, context.options);
  await context.writer.add({ action: "update", id: subject.id, document }, (refusal) => {
    if (refusal) context.refuse(refusal);
  });
}
async function writeFindings(context, group, entry, reports, findings) {
  const { subject } = group;
  const { writer, options } = context;
  const { report } = reports.at(-1);
  const state = { sources: sourcesOf(reports), counts: countBySeverity(findings) };
  const ledger = (digest) => ({
    action: "index",
    id: subject.id,
    document: ledgerDocument(subject, report, { ...state, digest }, options)
  });
  const tracker = new Tracker(context, () => writer.enqueue(ledger(findings.digest), tracker.onLedger));
  const stored = entry ? await readOpen(context, subject.id) : /* @__PURE__ */ new Map();
  await writer.add(ledger(), tracker.expect());
  await writeWanted(context, findings, stored, tracker);
  await closeRest(context, findings, stored, tracker);
  tracker.seal();
}
function countBySeverity({ wanted }) {
  const counts = {};
  for (const { severity: severity2 } of wanted.values()) {
    const name = severity2 in TRIVY_SEVERITIES ? severity2.toLowerCase() : "other";
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
async function readOpen({ store }, subjectId) {
  const stored = /* @__PURE__ */ new Map();
  const fields = ["event.hash", "vulnerability.firstSeen"];
  for await (const { _id, _source } of store.search(openFindings(subjectId), fields)) {
    const { event, vulnerability } = _source ?? {};
    stored.set(_id, { hash: event?.hash, firstSeen: vulnerability?.firstSeen });
  }
  return stored;
}
function openFindings(subjectId) {
  return {
    bool: {
      filter: [
        { term: { "vulnerability.report_id": subjectId } },
        { term: { "vulnerability.state": "open" } }
      ]
    }
  };
}
async function writeWanted({ writer, counts, options }, { wanted }, stored, tracker) {
  const now = options.now.toISOString();
  for (const [id, finding] of wanted) {
    const before = stored.get(id);
    if (before?.hash === finding.hash) continue;
    counts.written += 1;
    const document = findingDocument(id, finding, now, before?.firstSeen ?? now);
    writer.enqueue({ action: "index", id, document }, tracker.expect());
    if (writer.isFull) await writer.makeRoom();
  }
}
async function closeRest({ writer, counts, options }, { wanted, belowThreshold }, stored, tracker) {
  for (const id of stored.keys()) {
    if (wanted.has(id)) continue;
    counts.closed += 1;
    const document = belowThreshold.has(id) ? closing("below_threshold", "rated below the threshold", options.now) : closing("fixed", "not listed any more", options.now);
    await writer.add({ action: "update", id, document }, tracker.expect());
  }
}
function closing(state, reason, now) {
  const time2 = now.toISOString();
  return {
    "@timestamp": time2,
    event: { action: state === "fixed" ? "vulnerability-fixed" : "vulnerability-below-threshold" },
    vulnerability: { state, closedAt: time2, closedReason: reason }
  };
}
var Tracker = class {
  constructor(context, onStored) {
    this.context = context;
    this.onStored = onStored;
  }
  context;
  onStored;
  pending = 0;
  sealed = false;
  refused = false;
  expect() {
    this.pending += 1;
    return this.settle;
  }
  seal() {
    this.sealed = true;
    this.check();
  }
  onLedger = (refusal) => {
    if (refusal) this.context.refuse(refusal);
  };
  settle = (refusal) => {
    this.pending -= 1;
    if (refusal) {
      this.refused = true;
      this.context.refuse(refusal);
    }
    this.check();
  };
  check() {
    if (this.sealed && this.pending === 0 && !this.refused) this.onStored();
  }
};

// missing.ts
async function handleMissing(context, missing) {
  await forEachLimited(missing, 4, async (entry) => {
    const { now, closeAfterMs } = context.options;
    const since = entry.missingSince ?? now.toISOString();
    const misses = entry.misses + 1;
    const waited = now.getTime() - new Date(since).getTime();
    if (misses >= MISSES_TO_CLOSE && waited >= closeAfterMs) await close(context, entry);
    else if (misses <= MISSES_TO_CLOSE) await update(context, entry.subject.id, missUpdate(misses, since));
  });
}
async function close(context, { subject }) {
  const { store, counts, options } = context;
  for await (const { _id } of store.search(openFindings(subject.id), [])) {
    counts.closed += 1;
    await update(context, _id, closing("fixed", "no report of the workload any more", options.now));
  }
  await update(context, subject.id, goneUpdate(options.now));
}
async function update({ writer, refuse }, id, document) {
  await writer.add({ action: "update", id, document }, (refusal) => {
    if (refusal) refuse(refusal);
  });
}

// pass.ts
var READERS = 4;
var SHOWN_REFUSALS = 5;
async function runPass(cluster, store, policy, options) {
  const ledger = await readLedger(store, options.clusterName);
  const groups = await groupReports(cluster, ledger, options.clusterName);
  const refusals = [];
  const writer = new BulkWriter(store, policy);
  const counts = { read: 0, written: 0, closed: 0 };
  const context = {
    cluster,
    store,
    writer,
    options,
    counts,
    refuse: (refusal) => refusals.push(refusal)
  };
  const changed = [...groups.values()].filter(
    (group) => !isUnchanged(group, ledger.get(group.subject.id), options)
  );
  await forEachLimited(changed, READERS, async (group) => {
    const entry = ledger.get(group.subject.id);
    if (!await reconcile(context, group, entry)) groups.delete(group.subject.id);
  });
  const missing = [...ledger.values()].filter(({ subject }) => !groups.has(subject.id));
  await handleMissing(context, missing);
  await writer.drain();
  return {
    subjects: groups.size,
    ...counts,
    missing: missing.length,
    refused: refusals.length,
    refusals: refusals.slice(0, SHOWN_REFUSALS),
    bytes: writer.bytes
  };
}

// reporter-settings.ts
var fs = __toESM(require("node:fs"));
var ENV = {
  clusterName: "CLUSTER_NAME",
  /** Addresses, separated by spaces. */
  urls: "ELASTICSEARCH_URLS",
  apiKeyFile: "ELASTICSEARCH_API_KEY_FILE",
  caFile: "ELASTICSEARCH_CA_FILE",
  index: "ELASTICSEARCH_INDEX",
  severityThreshold: "SEVERITY_THRESHOLD",
  closeAfterMinutes: "CLOSE_AFTER_MINUTES",
  /** How long a server that does not answer is waited for; may be left out. */
  retrySeconds: "RETRY_SECONDS",
  /** Where the ServiceAccount's token and CA lie; may be left out. */
  serviceAccountFolder: "SERVICE_ACCOUNT_FOLDER"
};
function readSettings(env) {
  const apiKey = readFile(env, ENV.apiKeyFile).trim();
  const ca = env[ENV.caFile] ? readFile(env, ENV.caFile) : void 0;
  return {
    elasticsearch: elasticsearchTargets(required(env, ENV.urls).split(/\s+/), apiKey, ca),
    index: required(env, ENV.index),
    options: {
      clusterName: required(env, ENV.clusterName),
      severityThreshold: severity(required(env, ENV.severityThreshold)),
      closeAfterMs: amount(env, ENV.closeAfterMinutes) * 6e4,
      now: /* @__PURE__ */ new Date()
    },
    policy: retryPolicy(env)
  };
}
function elasticsearchTargets(urls, apiKey, ca) {
  return urls.map((url) => ({ url, ca, headers: { authorization: `ApiKey ${apiKey}` } }));
}
var SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
function inClusterApi(env) {
  const host = required(env, "KUBERNETES_SERVICE_HOST");
  const port = required(env, "KUBERNETES_SERVICE_PORT");
  const folder = env[ENV.serviceAccountFolder] ?? SERVICE_ACCOUNT;
  const token = fs.readFileSync(`${folder}/token`, "utf8").trim();
  return {
    url: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    ca: fs.readFileSync(`${folder}/ca.crt`, "utf8"),
    headers: { authorization: `Bearer ${token}` }
  };
}
function severity(text) {
  if (Object.hasOwn(TRIVY_SEVERITIES, text)) return text;
  throw new Error(`severity ${text}: one of ${Object.keys(TRIVY_SEVERITIES).join(", ")}`);
}
function retryPolicy(env) {
  return env[ENV.retrySeconds] ? { ...RETRY_POLICY, budgetMs: amount(env, ENV.retrySeconds) * 1e3 } : RETRY_POLICY;
}
function amount(env, name) {
  const text = required(env, name);
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new Error(`${name}=${text}: a number, not below 0`);
}
function required(env, name) {
  const value = env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}
function readFile(env, name) {
  const path = required(env, name);
  try {
    return fs.readFileSync(path, "utf8");
  } catch (error) {
    throw new Error(`${name}=${path}: ${error.code}`);
  }
}

// main.ts
var EXIT = { ok: 0, failed: 1, refused: 2, settings: 64 };
async function main(env) {
  const started = Date.now();
  let settings;
  let cluster;
  let store;
  try {
    settings = readSettings(env);
    cluster = new Cluster(inClusterApi(env), settings.policy);
    store = new Store(settings.elasticsearch, settings.index, settings.policy);
  } catch (error) {
    log("error", error.message);
    return EXIT.settings;
  }
  try {
    const summary = await runPass(cluster, store, settings.policy, settings.options);
    const level = summary.refused > 0 ? "error" : "info";
    log(level, "pass complete", { ...summary, seconds: (Date.now() - started) / 1e3 });
    return summary.refused > 0 ? EXIT.refused : EXIT.ok;
  } catch (error) {
    log("error", error.message, { seconds: (Date.now() - started) / 1e3 });
    return EXIT.failed;
  } finally {
    cluster.close();
    store.close();
  }
}
function log(level, message, fields = {}) {
  console.log(JSON.stringify({ "@timestamp": (/* @__PURE__ */ new Date()).toISOString(), level, message, ...fields }));
}

// reporter-program.ts
void main(process.env).then((code) => {
  process.exitCode = code;
});
