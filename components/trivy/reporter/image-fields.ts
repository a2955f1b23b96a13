import { clip } from "./clip";
import type { ReportBody, Subject } from "./types";

/** ECS `container` of a report about an image. */
export function containerFields({ container }: Subject, { artifact, registry }: ReportBody): object {
  const server = registry?.server === "index.docker.io" ? "docker.io" : registry?.server;
  const name = [server, artifact?.repository].filter(Boolean).join("/");
  return { name: container, image: { name: clip(name), tag: clip(artifact?.tag) } };
}
