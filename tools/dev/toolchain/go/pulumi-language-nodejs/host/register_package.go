// The language host of sdk 3.68.0 with one more call. The rest of this package is copied from that module when it is built:
// see "embed" in the list of tools.
//
// The host stands between the program and the engine and passes on the calls that its release knew. SDKs that a bridge
// makes, such as @pulumi/elasticstack, say which provider they are of in a call that came later, RegisterPackage.
package main

import (
	"context"
	"reflect"
	"unsafe"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

const registerPackage = "RegisterPackage"

func init() {
	service := &pulumirpc.ResourceMonitor_ServiceDesc
	service.Methods = append(service.Methods, grpc.MethodDesc{MethodName: registerPackage, Handler: forward})
}

// The messages are not known here either. An empty message keeps the fields that it does not know, so it carries them.
func forward(server any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
	request, response := new(emptypb.Empty), new(emptypb.Empty)
	if err := decode(request); err != nil {
		return nil, err
	}
	method := "/" + pulumirpc.ResourceMonitor_ServiceDesc.ServiceName + "/" + registerPackage
	err := connection(server.(*monitorProxy).target).Invoke(ctx, method, request, response)
	return response, err
}

// The client's connection is in its only field, which is not exported.
func connection(client pulumirpc.ResourceMonitorClient) grpc.ClientConnInterface {
	field := reflect.ValueOf(client).Elem().Field(0)
	return reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem().Interface().(grpc.ClientConnInterface)
}
