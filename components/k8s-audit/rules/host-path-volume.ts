import { type AuditRule, NO_PERSON } from "../audit-rule";

/** A folder of a node as a PersistentVolume: the pod that claims it names no folder. Provisioners are programs in pods. */
export const hostPathVolume: AuditRule = {
  name: "host-path-volume",
  severity: 4,
  techniques: ["T1611"],
  when: {
    verbs: ["create", "update", "patch"],
    resources: ["persistentvolumes"],
    notUser: NO_PERSON,
    body: ['"hostPath":\\{', '"local":\\{'],
  },
};
