// ECK needs newer k8s.io libraries than Kubernetes 1.35 has, so it does not share the core module.
module security-stack/toolchain/eck-operator

go 1.26.0

require github.com/elastic/cloud-on-k8s/v3 v3.5.0
