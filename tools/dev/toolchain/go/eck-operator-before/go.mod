// The operator before the pinned one, for the test of an upgrade. It needs other k8s.io libraries than that.
module security-stack/toolchain/eck-operator-before

go 1.26.0

require github.com/elastic/cloud-on-k8s/v3 v3.4.0
