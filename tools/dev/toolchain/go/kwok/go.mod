// kwok needs newer k8s.io libraries than Kubernetes 1.35 has, so it can't share the core module.
module security-stack/toolchain/kwok

go 1.26.0

require sigs.k8s.io/kwok v0.8.0 // indirect
