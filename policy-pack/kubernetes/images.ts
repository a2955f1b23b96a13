/** Parts of an image reference as container runtimes read it: `[registry/]path[:tag][@digest]`. */
export interface ImageReference {
  /** "docker.io" where none is written. */
  registry: string;
  /** Without the registry. */
  path: string;
  tag: string | undefined;
  digest: string | undefined;
}

export function parseImage(reference: string): ImageReference {
  const [nameAndTag = "", digest] = reference.split("@", 2);
  const slash = nameAndTag.lastIndexOf("/");
  const colon = nameAndTag.indexOf(":", slash + 1);
  const name = colon < 0 ? nameAndTag : nameAndTag.slice(0, colon);
  const tag = colon < 0 ? undefined : nameAndTag.slice(colon + 1);
  const [first = "", ...rest] = name.split("/");
  // A first part is a host when it looks like one (distribution/reference, "splitDockerDomain").
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  return {
    registry: isHost ? first : "docker.io",
    path: isHost ? rest.join("/") : name,
    tag: tag || undefined,
    digest: digest || undefined,
  };
}

/** True for a text that a program fills in later, as workflow engines do: `{{inputs.image}}`, `$(params.image)`. */
export function isExpression(text: string): boolean {
  return /\$\(|\$\{|\{\{|<%/.test(text);
}
