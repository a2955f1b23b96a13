import { z } from "zod";
import { dnsLabel, labelKey, labelValue, unique } from "../core/config/value-schemas";
import { clientSchema } from "./egress-schema";

/** Of RFC 9110, and PATCH of RFC 5789; not TRACE and CONNECT, which no service of a mesh answers. */
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/** As Istio takes it: whole, or all that begins with what stands before a `*` (istio/api, security/v1beta1, Operation). */
const path = z
  .string()
  .max(1024)
  .regex(/^\/[^*?#{}\s%\\]*\*?$/, "a path from `/` on, or the beginning of paths with a `*` at its end")
  .refine((value) => !/\/\.{0,2}\/|\/\.{1,2}$/.test(value), {
    message: "a path as it is after normalization: without `//`, `/./` and `/../`",
  });

const allowSchema = z.strictObject({
  from: unique(clientSchema).min(1).describe("Who may."),
  methods: unique(z.enum(METHODS)).min(1).describe("By which methods."),
  paths: unique(path)
    .min(1)
    .describe("At which paths: `/orders` that one alone, `/api/*` all that begin with `/api/`."),
});

export const servicesSchema = z
  .array(
    z.strictObject({
      namespace: dnsLabel.describe("A namespace of the mesh."),
      name: dnsLabel.describe(
        "Name of the Service. Its ports have to be of HTTP: by `appProtocol`, or by a name such as `http` or `grpc-api`.",
      ),
      pods: z
        .record(labelKey, labelValue)
        .refine((labels) => Object.keys(labels).length > 0, {
          message:
            "one label or more: without them every pod of the namespace would take calls of the proxy alone",
        })
        .describe(
          "Selector of the Service: these pods take connections of the proxy alone, so that nobody goes round it.",
        ),
      allow: z.array(allowSchema).min(1).describe("What is let through; all else is refused."),
    }),
  )
  .default([])
  .superRefine((services, context) => {
    services.forEach(({ namespace, name }, index) => {
      const same = (one: { namespace: string; name: string }) =>
        one.namespace === namespace && one.name === name;
      if (services.findIndex(same) !== index)
        context.addIssue({ code: "custom", path: [index, "name"], message: "each Service once" });
    });
  })
  .describe(
    "Services of the mesh of which methods and paths are let through by caller: by a proxy (waypoint) in each of their namespaces.",
  );

export type MeshService = z.output<typeof servicesSchema>[number];
