import type { Report } from "../pack/policy";
import type { KubernetesObject } from "./object";
import type { Pods } from "./pod-templates";
import { type Container, containersOf, podsOf } from "./pods";

/** Judges each of an object's pod templates by itself. */
export function eachPods(object: KubernetesObject, report: Report, check: (pods: Pods) => void): void {
  report.each(podsOf(object), check);
}

/** Judges each container of an object by itself. */
export function eachContainer(
  object: KubernetesObject,
  report: Report,
  check: (container: Container, pods: Pods) => void,
): void {
  eachPods(object, report, (pods) => report.each(containersOf(pods), (container) => check(container, pods)));
}
