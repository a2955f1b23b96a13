/** Parts of the admission rules, in CEL: `c` is a container, and the variables are those of admission-rule-cel.ts. */

/** Each container (ephemeral ones too) for which the condition on `c` holds, with what of it is said: both in CEL. */
export const everyContainerOf = (condition: string, said: string) => () =>
  `variables.all.filter(c, ${condition}).map(c, c.name + ${said})`;

/** The same with the field and what it is. */
export const everyContainer = (condition: string, is: string) => everyContainerOf(condition, `": ${is}"`);

/** The images of all containers for which the condition on `c` holds, by container. */
export const everyImage = (condition: string) =>
  `variables.all.filter(c, ${condition}).map(c, c.name + ": image " + c.image)`;

const RESOURCES = ["requests", "limits"].flatMap((part) =>
  ["cpu", "memory"].map((resource) => ({
    field: `${part}.${resource}`,
    isSet: `c.?resources.?${part}.?${resource}.hasValue()`,
  })),
);
export const HAS_RESOURCES = RESOURCES.map(({ isSet }) => isSet).join(" && ");
export const LACKS = RESOURCES.map(({ field, isSet }) => `(${isSet} ? [] : ["${field}"])`).join(" + ");

/** CEL: what the container says of this, or else its pod. Who says neither has the value given. */
const setting = (field: string, otherwise: string) =>
  `c.?securityContext.?${field}.orValue(variables.spec.?securityContext.?${field}.orValue(${otherwise}))`;

export const NOT_NON_ROOT = `!${setting("runAsNonRoot", "false")}`;
export const IS_ROOT = `${setting("runAsUser", "1")} == 0`;
export const KEEPS = '!("ALL" in c.?securityContext.?capabilities.?drop.orValue([]))';
export const ADDS = 'c.?securityContext.?capabilities.?add.orValue([]).filter(a, a != "NET_BIND_SERVICE")';
export const SECCOMP = setting("seccompProfile.?type", '"Unconfined"');

export const POD_METADATA = ["labels", "annotations"]
  .map((key) => `object.metadata.?${key}.orValue({}) != oldObject.metadata.?${key}.orValue({})`)
  .join(" || ");
