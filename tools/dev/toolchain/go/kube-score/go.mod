// kube-score needs older k8s.io libraries than the core module has.
module security-stack/toolchain/kube-score

go 1.26.0

require github.com/zegl/kube-score v1.20.0 // indirect
