import { requestAlert } from "../model/api-expectation";
import { NAMESPACE } from "../model/names";
import { defineScenario } from "../model/scenario-schema";
import apiBackupsQuery from "../queries/api-backups.k8s_audit.json";
import apiSnapshotsQuery from "../queries/api-snapshots.k8s_audit.json";

export const apiBackups = defineScenario({
  id: "api-backups",
  title: "Backups are deleted",
  stage: "validation",
  techniques: ["T1490"],
  danger: "simulated",
  proves: "Whoever deletes a snapshot or a backup is seen, even where there is none.",
  pods: [],
  steps: [
    {
      do: "request",
      method: "DELETE",
      path: `/apis/snapshot.storage.k8s.io/v1/namespaces/${NAMESPACE}/volumesnapshots/ctem-nightly`,
      statuses: [200, 202, 404],
      why: "There is none.",
    },
    {
      do: "request",
      method: "DELETE",
      path: "/apis/snapshot.storage.k8s.io/v1/volumesnapshotcontents/ctem-nightly",
      statuses: [200, 202, 404],
      why: "There is none.",
    },
    {
      do: "request",
      method: "DELETE",
      path: `/apis/velero.io/v1/namespaces/${NAMESPACE}/backups/ctem-nightly`,
      statuses: [200, 202, 404],
      why: "There is none.",
    },
  ],
  expectations: [
    requestAlert("a backup deleted", apiBackupsQuery, {
      severity: 4,
      technique: "T1490",
      object: "ctem-nightly",
    }),
    requestAlert("a snapshot deleted", apiSnapshotsQuery, {
      severity: 4,
      technique: "T1490",
      object: "ctem-nightly",
    }),
  ],
});
