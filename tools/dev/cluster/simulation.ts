import { join } from "node:path";

/** The simulated nodes: the smallest cluster the stack is sized for. */
export const nodeNames = ["node-1", "node-2"] as const;

/** By which kwok knows its own nodes: see kwok.yaml. */
export const simulatedLabel = { "security-stack/simulated": "true" };

/** What kwok is told to do with nodes, pods and volumes. */
export const kwokConfigFile = join(__dirname, "kwok.yaml");

/** A node as a kubelet would register it. */
export function nodeObject(name: string, kubernetesVersion: string): object {
  const resources = { cpu: "4", memory: "8Gi", pods: "110", "ephemeral-storage": "50Gi" };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "topology.kubernetes.io/zone": name === nodeNames[0] ? "zone-a" : "zone-b",
        ...simulatedLabel,
      },
    },
    status: {
      capacity: resources,
      allocatable: resources,
      nodeInfo: {
        architecture: "amd64",
        operatingSystem: "linux",
        kernelVersion: "6.12.0-simulated",
        osImage: "simulated",
        containerRuntimeVersion: "containerd://2.1.0",
        kubeletVersion: kubernetesVersion,
        kubeProxyVersion: "",
        machineID: "",
        systemUUID: "",
        bootID: "",
      },
    },
  };
}

/** The default StorageClass. Like a cloud's, it makes the volume when a pod that wants it is scheduled. */
export function storageClassObject(): object {
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner: "security-stack/simulated",
    reclaimPolicy: "Delete",
    volumeBindingMode: "WaitForFirstConsumer",
  };
}
