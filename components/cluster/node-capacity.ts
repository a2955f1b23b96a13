import { INSTANCE_TYPES, type InstanceType } from "../core/tables/eks";

/** What pods may take of a node, in cores and MiB. */
export interface Allocatable {
  cpu: number;
  memoryMib: number;
  maxPods: number;
}

/** Below this much free memory the kubelet evicts pods (awslabs/amazon-eks-ami, nodeadm: evictionHard). */
const EVICTION_MIB = 100;

/**
 * Share of the processors' memory that the kernel and the firmware take before Linux counts: a t3.xlarge shows some 15.5 of its
 * 16 GiB in /proc/meminfo. Karpenter leaves out as much (karpenter.sh, settings: vmMemoryOverheadPercent).
 */
const OVERHEAD = 0.075;

/**
 * Pods that find an address on a node: each interface keeps one for itself, and two pods have the host's network
 * (awslabs/amazon-eks-ami, templates/shared/runtime/eni-max-pods.txt).
 */
export function maxPodsOf({ interfaces, addressesEach }: InstanceType): number {
  return interfaces * (addressesEach - 1) + 2;
}

/** What the kubelet keeps: 255 MiB and 11 for each pod (nodeadm, kubelet config: getMemoryMebibytesToReserve; Bottlerocket alike). */
export function reservedMib(maxPods: number): number {
  return 255 + 11 * maxPods;
}

/** 6 % of the first core, 1 % of the second, half a percent of the next two, a quarter of the others (ibid., getCPUMillicoresToReserve). */
export function reservedMillicores(cpus: number): number {
  const shares = [60, 10, 5, 5];
  return Array.from({ length: cpus }, (_, core) => shares[core] ?? 2.5).reduce(
    (sum, share) => sum + share,
    0,
  );
}

/** What is left for pods on a node of a type that the table has. */
export function allocatableOf(type: string): Allocatable {
  const instance = INSTANCE_TYPES[type];
  if (!instance) throw new Error(`there is no instance type ${type} in the table`);
  const maxPods = maxPodsOf(instance);
  const memory = instance.memoryGib * 1024 * (1 - OVERHEAD);
  return {
    cpu: (instance.cpus * 1000 - reservedMillicores(instance.cpus)) / 1000,
    memoryMib: Math.floor(memory - reservedMib(maxPods) - EVICTION_MIB),
    maxPods,
  };
}
