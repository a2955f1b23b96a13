import assert from "node:assert/strict";
import { COMPONENT_LABEL } from "../../../components/kubernetes/labels";
import type { Deployment } from "./deployment";
import { allObjects, belongsTo, changed, declared, idOf, type LiveObject, until } from "./objects";

/** The first is switched most often, the last least: charts take longest. */
export const SENSORS = ["osquery", "falco", "tetragon", "trivy"] as const;

/** All sensors, as bits. */
export const ALL = 2 ** SENSORS.length - 1;

const isOn = (combination: number, index: number) => (combination & (1 << index)) !== 0;

/** The sensors of a combination. */
export const sensorsOf = (combination: number) => SENSORS.filter((_, index) => isOn(combination, index));

/** "osquery, falco", or "none". */
export const titleOf = (combination: number) => sensorsOf(combination).join(", ") || "none";

/** Has these sensors on and the others off. */
export async function switchTo(deployment: Deployment, combination: number): Promise<void> {
  const toggle = Object.fromEntries(SENSORS.map((name, index) => [name, isOn(combination, index)]));
  deployment.configure({ toggle });
  await deployment.run("up");
}

/**
 * Holds the cluster against the one in which all sensors are on: those of the combination are the same there, collected
 * and ready, and nothing of the others is left.
 * @returns all objects
 */
export async function assertCombination(
  deployment: Deployment,
  combination: number,
  full: readonly LiveObject[],
): Promise<LiveObject[]> {
  const on: readonly string[] = sensorsOf(combination);
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
  return live;
}

/** Ids of all objects that nobody owns, of every type. A volume belongs to the claim that it was made for. */
export function unownedIds(objects: readonly LiveObject[]): Set<string> {
  const claims = objects.filter(({ kind }) => kind === "PersistentVolumeClaim");
  const volumes = new Set(claims.map(({ metadata }) => `pvc-${metadata["uid"]}`));
  const isOwned = ({ kind, metadata }: LiveObject) =>
    metadata.ownerReferences !== undefined ||
    kind === "Endpoints" ||
    (kind === "PersistentVolume" && volumes.has(metadata.name));
  return new Set(objects.filter((object) => !isOwned(object)).map(idOf));
}

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

interface Condition {
  type: string;
  status: string;
}

async function assertConditions(deployment: Deployment, sensors: number): Promise<void> {
  const conditions = (await deployment.outputs())["conditions"] as Condition[];
  assert.equal(conditions.length, sensors + 1);
  for (const condition of conditions) assert.equal(condition.status, "True", JSON.stringify(condition));
}
