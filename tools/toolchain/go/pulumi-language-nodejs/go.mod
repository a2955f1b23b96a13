// v3.68.0 is the last release of Pulumi's SDK with the Node.js language host inside its module.
module security-stack/toolchain/pulumi-language-nodejs

go 1.26

require github.com/pulumi/pulumi/sdk/v3 v3.68.0 // indirect
