import assert from "node:assert/strict";
import { waitUntil } from "../../tools/dev/cluster/wait";
import { INDICES } from "../../tools/dev/elasticsearch/indices";
import { hits } from "./looking";
import { SECRET } from "./requests";
import { type AuditWorld, auditWorld } from "./world";

const TIMES =
  ',"requestReceivedTimestamp":"2026-11-03T00:00:00.000000Z","stageTimestamp":"2026-11-03T00:00:00.000000Z"';

/** As the API server writes it, up to the body, which is JSON of the client's: a patch is what he sent, to the letter. */
const upTo = (auditID: string, resource: string, body: string) =>
  `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Request","auditID":"scrub-${auditID}","stage":"ResponseComplete","requestURI":"/scrub","verb":"patch","user":{"username":"u"},"objectRef":{"resource":"${resource}","namespace":"default","name":"odd"},"responseStatus":{"metadata":{},"code":200},"requestObject":${body}`;
const line = (auditID: string, resource: string, body: string) =>
  `${upTo(auditID, resource, body)}${TIMES},"annotations":{"authorization.k8s.io/decision":"allow"}}`;

const ofPod = (auditID: string, container: string) =>
  line(auditID, "pods", `{"spec":{"containers":[{"name":"main",${container}}]}}`);

/** Events whose body holds a secret, and a document is made of. */
const WHOLE: Readonly<Record<string, string>> = {
  "as the API server writes it": ofPod("plain", `"env":[{"name":"A","value":"a\\"${SECRET}"}]`),
  "with a key that has an escape": ofPod("escape", `"env":[{"name":"A","val\\u0075e":"${SECRET}"}]`),
  "with white space": ofPod(
    "space",
    `"env" : [ {"name" : "A", "value" : "${SECRET}"} ], "args": [ "a" , "${SECRET}" ]`,
  ),
  "in a list of texts": ofPod("list", `"command":["sh","-c","x ] \\" ${SECRET}"],"args":["${SECRET}"]`),
  "of a JSON patch": line(
    "patch",
    "deployments",
    `[{"op":"add","path":"/x","value":"${SECRET}"},{"op":"add","path":"/y","value":["a","${SECRET}"]}]`,
  ),
  "in what kubectl keeps": line(
    "kept",
    "deployments",
    `{"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\\"a\\":\\"${SECRET}\\"}"}}}`,
  ),
  ...Object.fromEntries(
    ["token", "password", "caBundle"].map((key) => [`under ${key}`, ofPod(key, `"${key}":"${SECRET}"`)]),
  ),
  "of a resource that goes as a whole": line("whole", "secrets", `{"data":{"a":"${SECRET}"}}`),
  "that says of itself that it is another": line(
    "claim",
    "secrets",
    `{"objectRef":{"resource":"pods"},"data":{"a":"${SECRET}"}}`,
  ),
  "with an answer": ofPod("answer", `"image":"a"`).replace(
    TIMES,
    `,"responseObject":{"status":"${SECRET}"}${TIMES}`,
  ),
};

/** Lines that end like an event and are none: each is a dead letter, and the lines behind it are read. */
const BROKEN: Readonly<Record<string, string>> = {
  "cut in a value": upTo("cut-value", "pods", `{"env":[{"name":"A","value":"${SECRET}}`),
  "cut in a list": upTo("cut-list", "pods", `{"command":["sh","${SECRET}}`),
  "of a resource that goes as a whole": line("broken", "secrets", `{"data":"${SECRET}"}}`),
  "with what is no JSON": `{ ${SECRET} }`,
};

describe("what the node takes out of audit events", function () {
  this.timeout(240_000);
  let world: AuditWorld;

  before(async () => {
    world = await auditWorld();
    const letters = () => world.server.client.count(INDICES.deadLetter, { match_all: {} });
    const before = await letters();
    const lines = [...Object.values(WHOLE), ...Object.values(BROKEN), PRIVILEGED, HARMLESS];
    world.rig.placeLog("k8s_audit", "audit-scrub.log", `${lines.join("\n")}\n`);
    await waitUntil("all documents and dead letters", async () => {
      const found = await hits(world, { prefix: { "k8s_audit.audit_id": "scrub-" } });
      const dead = (await letters()) - before;
      return found.length === Object.keys(WHOLE).length + 2 && dead === Object.keys(BROKEN).length;
    });
  });

  it("is in no document and no dead letter, however it is written", async () => {
    const all = await world.server.client.search("security-*", { match_all: {} });
    const found = all.filter(({ _source }) => JSON.stringify(_source).includes(SECRET));
    assert.deepEqual(
      found.map(({ _source }) => _source),
      [],
    );
  });

  it("leaves to the rules what they ask for, also behind an escape of a client's", async () => {
    const [event] = await hits(world, { term: { "k8s_audit.audit_id": "scrub-privileged" } });
    assert.ok(event?.k8s_audit.rules?.includes("privileged-workload"), JSON.stringify(event));
  });

  it("leaves everything else of the body as it was", async () => {
    const [event] = await hits(world, { term: { "k8s_audit.audit_id": "scrub-harmless" } });
    assert.deepEqual(event?.k8s_audit.request, {
      spec: {
        containers: [
          { name: "main", image: "a", env: [{ name: "A", value: "[removed]" }], args: ["[removed]"] },
        ],
      },
    });
  });
});

const PRIVILEGED = ofPod("privileged", `"securityContext":{"\\u0070rivileged" : true}`);
const HARMLESS = ofPod("harmless", `"image":"a","env":[{"name":"A","value":"b"}],"args":["c","d"]`);
