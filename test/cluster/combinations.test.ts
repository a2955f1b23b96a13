import assert from "node:assert/strict";
import { COMPONENT_LABEL } from "../../components/kubernetes/labels";
import { resourceTypes } from "../../tools/dev/cluster/resource-types";
import { Deployment } from "../support/stack/deployment";
import {
  allObjects,
  belongsTo,
  changed,
  declared,
  idOf,
  type LiveObject,
  until,
} from "../support/stack/objects";

// The first is switched eight times, the second four times, the others twice: charts take longest.
const SENSORS = ["osquery", "falco", "tetragon", "trivy"] as const;
const ALL = 2 ** SENSORS.length - 1;

/** Every combination once, each one switch away from the one before, from all on back to all on (Gray code). */
const STEPS = Array.from({ length: ALL + 1 }, (_, index) => ALL ^ gray((index + 1) % (ALL + 1)));

function gray(number: number): number {
  return number ^ (number >> 1);
}

const isOn = (combination: number, index: number) => (combination & (1 << index)) !== 0;
const onOf = (combination: number) => SENSORS.filter((_, index) => isOn(combination, index));

interface Condition {
  type: string;
  status: string;
}

// Minutes: 18 real updates on a real API server, since what a combination leaves behind shows nowhere else.
describe("all combinations of the four sensors on a real API server", function () {
  this.timeout(600_000);
  let deployment: Deployment;
  /** Ids of all objects that nobody owns, of every type, before any sensor was on. */
  let untouched: Set<string>;
  let full: LiveObject[];

  before(async () => {
    deployment = await Deployment.start({ name: "test-combinations" });
    await apply(0);
    untouched = ids(await allObjects(deployment.api));
    await apply(ALL);
    full = await allObjects(deployment.api);
    assert.ok((await resourceTypes(deployment.api)).length > 60);
  });
  after(() => deployment?.stop());

  async function apply(combination: number): Promise<void> {
    const toggle = Object.fromEntries(SENSORS.map((name, index) => [name, isOn(combination, index)]));
    deployment.configure({ toggle });
    await deployment.run("up");
  }

  it("are 16, each one switch from the one before", () => {
    assert.equal(new Set(STEPS).size, 16);
    for (const [index, step] of STEPS.entries())
      assert.equal(bits(step ^ (STEPS[index - 1] ?? ALL)), 1, `step ${index}`);
    assert.equal(STEPS.at(-1), ALL);
  });

  for (const combination of STEPS) {
    const on = onOf(combination);
    it(`${on.join(", ") || "none"}: these are complete and ready, the others are gone`, async () => {
      await apply(combination);
      const off = SENSORS.filter((name) => !on.includes(name));
      const live = await until(
        `nothing of ${off.join(", ")}`,
        () => allObjects(deployment.api),
        (all) => off.every((name) => !all.some(belongsTo(name))),
      );
      for (const name of on) assert.deepEqual(changed(ofSensor(full, name), ofSensor(live, name)), [], name);
      for (const name of SENSORS)
        assert.equal(isCollected(live, name), on.includes(name) && isCollected(full, name), name);
      await assertConditions(deployment, on.length);
      const counts = SENSORS.map((name) => `${name} ${ofSensor(live, name).size}`);
      console.log(`        ${declared(live).size} objects of the stack: ${counts.join(", ")}`);
      if (on.length === 0)
        assert.deepEqual(
          [...ids(live)].filter((id) => !untouched.has(id)),
          [],
        );
    });
  }

  it("end with the same objects as they began", async () => {
    const end = declared(await allObjects(deployment.api));
    assert.deepEqual(changed(declared(full), end), []);
    console.log(`        ${end.size} objects, the same as at the start`);
  });
});

function ofSensor(objects: readonly LiveObject[], sensor: string): Map<string, string> {
  return declared(objects.filter(({ metadata }) => metadata.labels?.[COMPONENT_LABEL] === sensor));
}

/** True when a collector reads the sensor's files. */
function isCollected(objects: readonly LiveObject[], sensor: string): boolean {
  const configs = objects.filter(
    ({ kind, metadata }) => kind === "ConfigMap" && /collector/.test(metadata.name),
  );
  assert.ok(configs.length > 0);
  return JSON.stringify(configs).includes(`/var/log/security/${sensor}/`);
}

async function assertConditions(deployment: Deployment, sensors: number): Promise<void> {
  const conditions = (await deployment.outputs())["conditions"] as Condition[];
  assert.equal(conditions.length, sensors + 1);
  for (const condition of conditions) assert.equal(condition.status, "True", JSON.stringify(condition));
}

function ids(objects: readonly LiveObject[]): Set<string> {
  const own = objects.filter(({ kind, metadata }) => !metadata.ownerReferences && kind !== "Endpoints");
  return new Set(own.map(idOf));
}

function bits(number: number): number {
  return number === 0 ? 0 : (number & 1) + bits(number >> 1);
}
